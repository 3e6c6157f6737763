/** What instances told about the restoring of their stores. */
import type { AppReport } from './app-settings.ts';
import type { Instance } from './instance.ts';

type RestoreReport = Extract<AppReport, { kind: 'restore' }>;

const storeOf = ({ store, partition }: RestoreReport): string => `${store}/${partition}`;

/** How long each instance restored since then, from its first report to its last; those that had nothing to restore are left out. */
export function restoreTimes(instances: readonly Instance[], sinceMs: number): number[] {
  return instances.flatMap((instance) => {
    const reports = instance.of('restore').filter(({ atMs, startOffset, endOffset }) => atMs >= sinceMs && endOffset > startOffset);
    const [first, last] = [reports[0], reports.at(-1)];
    return first === undefined || last === undefined ? [] : [last.atMs - first.atMs];
  });
}

/** Stores whose restore had begun and not ended, of those that had something to restore. */
export function halfRestored(instance: Instance): string[] {
  const reports = instance.of('restore').filter(({ startOffset, endOffset }) => endOffset > startOffset);
  const ended = new Set(reports.filter(({ phase }) => phase === 'end').map(storeOf));
  return [...new Set(reports.map(storeOf))].filter((store) => !ended.has(store));
}

/** Changelog offsets that it has restored, over all stores. */
export const restoredOffsets = (instance: Instance): number =>
  instance.of('restore').filter(({ phase }) => phase === 'end').reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0);
