/**
 * Headers of tombstones. A tombstone has no value, but must say how far it reaches: topics have no order between them,
 * and an asset that was removed and submitted again must not lose its new revision to an old removal.
 */
import type { RecordHeaders } from '../../connectors/ports/index.ts';

const REVISION = 'millrace.removed.through';
const LIBRARY = 'millrace.library';

export interface Removal {
  /** Every revision up to this one is removed. */
  readonly throughRevision: number;
  readonly library: string;
}

export function removalHeaders({ throughRevision, library }: Removal): RecordHeaders {
  return { [REVISION]: Buffer.from(String(throughRevision)), [LIBRARY]: Buffer.from(library) };
}

/** `undefined` for a tombstone that another producer wrote. */
export function removalOf(headers: RecordHeaders): Removal | undefined {
  const revision = Number(headers[REVISION]?.toString() ?? Number.NaN);
  return Number.isSafeInteger(revision) ? { throughRevision: revision, library: headers[LIBRARY]?.toString() ?? '' } : undefined;
}
