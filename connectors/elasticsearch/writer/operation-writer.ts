/**
 * Index operations as bulk requests. A moment goes to the index of its lineage, an asset's document to that of the
 * assets, each with its revision as version, so that an older one changes nothing; then follow the removals
 * (removals.ts): an asset of a later revision takes the moments of earlier ones away, a `delete` those through its own.
 *
 * Moments of a revision below that of the asset's stored document are left out: they would stay, since what removes them
 * has come already. Who keeps the order of an asset's operations sends none.
 */
import type { IndexOperation, MomentDocument, RejectedOperation } from '../../ports/index.ts';
import { MillraceError } from '../../ports/index.ts';
import { actionLine, itemOf, sourceLine } from '../bulk/index.ts';
import type { BulkItem, BulkWriter, VectorText } from '../bulk/index.ts';
import type { IndexCatalog } from '../catalog.ts';
import type { ElasticsearchClient } from '../client.ts';
import { storedAssetOf, storedMomentOf } from '../documents.ts';
import { reasonToReject } from './check-operation.ts';
import { Removals } from './removals.ts';
import type { Removal } from './removals.ts';
import { stagesOf } from './stages.ts';

/** Revisions of an asset count from this one: nothing is older. */
const FIRST_REVISION = 1;
/** Of one write, for indexes that are deleted under it. */
const MAX_PLACEMENTS = 3;

interface Prepared {
  readonly operation: IndexOperation;
  readonly index: string;
  readonly item: BulkItem;
}

export interface WriterParts {
  readonly client: ElasticsearchClient;
  readonly catalog: IndexCatalog;
  readonly bulk: BulkWriter;
  readonly vectorText: VectorText;
}

export class OperationWriter {
  readonly #parts: WriterParts;
  readonly #removals: Removals;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#removals = new Removals(parts.client, parts.catalog);
  }

  /** @throws MillraceError MILL_INDEX_UNAVAILABLE, MILL_INDEX_REFUSED, MILL_CLOSED */
  async write(operations: readonly IndexOperation[]): Promise<readonly RejectedOperation[]> {
    const rejected = new Map<IndexOperation, string>();
    const sound = operations.filter((operation) => {
      const reason = reasonToReject(operation);
      if (reason !== undefined) rejected.set(operation, reason);
      return reason === undefined;
    });
    for (const stage of stagesOf(sound)) {
      await this.#put(await this.#withoutOutdated(stage), rejected);
      await this.#removals.remove(stage.filter((operation) => !rejected.has(operation)).flatMap(removalOf));
    }
    return operations.flatMap((operation) => {
      const reason = rejected.get(operation);
      return reason === undefined ? [] : [{ operation, reason }];
    });
  }

  /** In what is acknowledged, searchable or not. */
  async #withoutOutdated(operations: readonly IndexOperation[]): Promise<readonly IndexOperation[]> {
    const ids = [...new Set(operations.flatMap((operation) => (operation.type === 'moment' ? [operation.document.assetId] : [])))];
    if (ids.length === 0) return operations;
    const { client, catalog } = this.#parts;
    const index = await catalog.placePlain('assets');
    const { docs } = await client.call('the revisions of assets', (es) => es.mget({ index, ids, _source: false }));
    const revisions = new Map<string, number>();
    for (const doc of docs) if ('found' in doc && doc.found && doc._version !== undefined) revisions.set(doc._id, doc._version);
    if (revisions.size === 0) return operations;
    return operations.filter((operation) => operation.type !== 'moment' || operation.document.revision >= (revisions.get(operation.document.assetId) ?? 0));
  }

  async #put(operations: readonly IndexOperation[], rejected: Map<IndexOperation, string>): Promise<void> {
    let left = operations;
    for (let placement = 1; left.length > 0; placement += 1) {
      const prepared: Prepared[] = [];
      for (const operation of left) {
        const one = await this.#prepare(operation);
        if ('reason' in one) rejected.set(operation, one.reason);
        else prepared.push(one);
      }
      const outcomes = await this.#parts.bulk.write(prepared.map(({ item }) => item));
      const missing: Prepared[] = [];
      prepared.forEach((one, index) => {
        const outcome = outcomes[index];
        if (outcome?.type === 'rejected') rejected.set(one.operation, outcome.reason);
        else if (outcome?.type === 'missing') missing.push(one);
      });
      for (const { index } of missing) this.#parts.catalog.forget(index);
      left = missing.map(({ operation }) => operation);
      if (left.length > 0 && placement === MAX_PLACEMENTS) throw new MillraceError('MILL_INDEX_UNAVAILABLE', `the index ${missing[0]?.index ?? ''} is deleted as often as it is made`);
    }
  }

  async #prepare(operation: IndexOperation): Promise<Prepared | { readonly reason: string }> {
    const { catalog, vectorText } = this.#parts;
    switch (operation.type) {
      case 'moment': {
        const { document } = operation;
        const placement = catalog.known(document) ?? (await catalog.place(document));
        if ('reason' in placement) return placement;
        return { operation, index: placement.index, item: momentItem(placement.index, document, vectorText) };
      }
      case 'asset': {
        const { document } = operation;
        const index = await catalog.placePlain('assets');
        const text = actionLine('index', index, document.assetId, { number: document.revision, type: 'external_gte' }) + sourceLine(storedAssetOf(document));
        return { operation, index, item: itemOf(text) };
      }
      case 'delete': {
        const index = await catalog.placePlain('assets');
        // removals.ts says why it is one more, and `external`.
        return { operation, index, item: itemOf(actionLine('delete', index, operation.assetId, { number: operation.revision + 1, type: 'external' })) };
      }
    }
  }
}

function momentItem(index: string, moment: MomentDocument, vectorText: VectorText): BulkItem {
  const action = actionLine('index', index, moment.id, { number: moment.revision, type: 'external_gte' });
  return itemOf(action + sourceLine(storedMomentOf(moment, Date.now()), moment.vector === null ? undefined : vectorText(moment.vector)));
}

function removalOf(operation: IndexOperation): Removal[] {
  if (operation.type === 'delete') return [{ assetId: operation.assetId, belowRevision: operation.revision + 1 }];
  if (operation.type === 'moment' || operation.document.revision <= FIRST_REVISION) return [];
  return [{ assetId: operation.document.assetId, belowRevision: operation.document.revision }];
}
