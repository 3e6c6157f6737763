/** Watches a running instance over its socket, and reads what an ended one left. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openSearchIndex } from '../../connectors/embedded/index.ts';
import type { AssetIndexDocument, MomentDocument, SearchIndex } from '../../connectors/ports/index.ts';
import type { Instance, StatusReport } from '../../ops/instance/index.ts';
import { connectInstance } from '../../ops/instance/remote.ts';
import { resolvePaths } from '../../ops/paths.ts';

/** Resolves when the program answers on its socket. Throws when it ends first. */
export async function whenReachable(data: string, ended: Promise<unknown>): Promise<Instance> {
  const gone = ended.then(() => { throw new Error('the program ended before it could be reached'); });
  const reached = async (): Promise<Instance> => {
    for (;;) {
      const instance = await connectInstance(resolvePaths({ data }).socket);
      if (instance !== undefined) return instance;
      await Promise.race([sleep(20), gone]);
    }
  };
  gone.catch(() => undefined);
  return reached();
}

/** Records committed by all stages: grows with every commit. */
export const committedRecords = ({ stages }: StatusReport): number =>
  (stages ?? []).reduce((sum, { inputs }) => sum + inputs.reduce((total, { committed }) => total + committed, 0), 0);

/** Infinite where nobody knows. */
export const recordsWaiting = ({ stages }: StatusReport): number => stages?.reduce((sum, { lag }) => sum + lag, 0) ?? Infinity;

/** Until nothing waits anywhere. A stage's outputs are committed with its positions, so one look at all lags is enough. */
export async function whenDrained(instance: Instance): Promise<StatusReport> {
  for (;;) {
    const report = await instance.status();
    if (recordsWaiting(report) === 0 && committedRecords(report) > 0) return report;
    await sleep(100);
  }
}

export interface IndexSnapshot {
  readonly assets: readonly AssetIndexDocument[];
  readonly moments: readonly MomentDocument[];
}

/** All that can be found in the embedded index of a data directory, in order of id. */
export async function snapshotIndex(data: string): Promise<IndexSnapshot> {
  const index = await openSearchIndex({ directory: resolvePaths({ data }).index, readOnly: true });
  try {
    return await snapshotOf(index);
  } finally {
    await index.close();
  }
}

/** All that can be found, in order of id. */
export async function snapshotOf(index: Pick<SearchIndex, 'listAssets' | 'moments'>): Promise<IndexSnapshot> {
  const assets = await index.listAssets({ limit: 10_000 });
  const moments = (await Promise.all(assets.map(({ assetId }) => index.moments(assetId)))).flat();
  const byId = <T>(id: (item: T) => string) => (a: T, b: T): number => (id(a) < id(b) ? -1 : 1);
  return { assets: [...assets].sort(byId(({ assetId }) => assetId)), moments: moments.sort(byId(({ id }) => id)) };
}
