/**
 * Which operations may be written at the same time. Moments commute, with each other and with those of other assets; an
 * `asset` or a `delete` takes older moments of its asset away, so it is a barrier there: it goes when all that came before it
 * is done, and what came after waits for it. Assets know nothing of each other.
 */
import type { IndexOperation } from '../../../connectors/ports/index.ts';
import type { WriteOrder } from '../writing/index.ts';

interface Lane {
  /** Admitted, and not done. */
  open: number;
  /** One of these is a barrier, and then the only one. */
  barrier: boolean;
  /** In order. Not empty only while something is open. */
  readonly blocked: IndexOperation[];
}

export class AssetOrder implements WriteOrder<IndexOperation> {
  readonly #lanes = new Map<string, Lane>();

  admit(operation: IndexOperation): boolean {
    const asset = assetOf(operation);
    const lane = this.#lanes.get(asset);
    if (lane === undefined) {
      this.#lanes.set(asset, { open: 1, barrier: isBarrier(operation), blocked: [] });
      return true;
    }
    if (lane.barrier || lane.blocked.length > 0 || isBarrier(operation)) {
      lane.blocked.push(operation);
      return false;
    }
    lane.open++;
    return true;
  }

  done(operation: IndexOperation): readonly IndexOperation[] {
    const asset = assetOf(operation);
    const lane = this.#lanes.get(asset);
    if (lane === undefined || --lane.open > 0) return [];
    if (lane.blocked.length === 0) {
      this.#lanes.delete(asset);
      return [];
    }
    const barrierAt = lane.blocked.findIndex(isBarrier);
    const admitted = lane.blocked.splice(0, barrierAt === -1 ? lane.blocked.length : Math.max(1, barrierAt));
    lane.open = admitted.length;
    lane.barrier = barrierAt === 0;
    return admitted;
  }
}

const isBarrier = ({ type }: IndexOperation): boolean => type !== 'moment';

const assetOf = (operation: IndexOperation): string => (operation.type === 'delete' ? operation.assetId : operation.document.assetId);
