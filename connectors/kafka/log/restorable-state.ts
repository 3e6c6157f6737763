/** Opens a task's state folder so that its changelogs can complete it: whatever does not fit them is removed first. */
import { MillraceError } from '../../ports/index.ts';
import type { ChangelogSpec, TaskId } from '../../ports/index.ts';
import type { KafkaClient } from '../client/index.ts';
import type { Fetcher } from './fetcher.ts';
import { Restorer } from './restorer.ts';
import type { ChangelogRange, RestoreOptions } from './restorer.ts';
import type { StateFolder } from './state-folder.ts';
import type { StateFolders } from './state-folders.ts';

/** How often retention may overtake a restore before somebody has to know. */
const MAX_OVERTAKEN = 3;
const DELETE_RETENTION = 'delete.retention.ms';
/** Of that time: the restore takes its own, and clocks differ. */
const SAFE_SHARE = 0.5;

export interface StateSource {
  readonly client: KafkaClient;
  readonly fetcher: Fetcher;
  readonly folders: StateFolders;
}

async function rangeOf(client: KafkaClient, topic: string, partition: number): Promise<ChangelogRange> {
  const [starts, ends] = await Promise.all([client.offsets(topic, 'earliest', 'read_committed'), client.offsets(topic, 'latest', 'read_committed')]);
  const startOffset = starts[partition];
  const endOffset = ends[partition];
  if (startOffset === undefined || endOffset === undefined) throw new MillraceError('MILL_TOPIC_MISMATCH', `Changelog topic ${topic} has no partition ${partition}.`);
  return { startOffset, endOffset };
}

/** A checkpoint outside the changelog is of another changelog, or misses deletions that retention has removed. */
function fits(folder: StateFolder, ranges: ReadonlyMap<string, ChangelogRange>): boolean {
  return [...ranges].every(([topic, { startOffset, endOffset }]) => {
    const checkpoint = folder.checkpoints.get(topic);
    if (checkpoint === undefined || (checkpoint >= startOffset && checkpoint <= endOffset)) return true;
    process.emitWarning(`State restored to offset ${checkpoint} of ${topic}, which has ${startOffset} to ${endOffset}, is removed and restored anew.`);
    return false;
  });
}

/**
 * Compaction removes a deletion some time after it has removed what was deleted (delete.retention.ms): who reads on from
 * an older checkpoint has that still, and does not hear of its end. The last record of a partition is never compacted.
 */
async function missesDeletions(client: KafkaClient, folder: StateFolder, changelogs: readonly ChangelogSpec[], ranges: ReadonlyMap<string, ChangelogRange>): Promise<boolean> {
  for (const { topic, format } of changelogs) {
    const checkpoint = folder.checkpoints.get(topic);
    const unread = (ranges.get(topic)?.endOffset ?? 0) - (checkpoint ?? Infinity);
    if (format !== 'keyed' || unread <= 1) continue;
    const asOfMs = folder.asOfMs(topic) ?? 0;
    const { [DELETE_RETENTION]: retentionMs } = await client.topicConfigs(topic, [DELETE_RETENTION]);
    if (Date.now() - asOfMs <= Number(retentionMs) * SAFE_SHARE) continue;
    process.emitWarning(`State as ${topic} was at ${new Date(asOfMs).toISOString()} is removed and restored anew: with ${DELETE_RETENTION}=${retentionMs ?? ''} deletions since then may be gone.`);
    return true;
  }
  return false;
}

async function openFolder({ client, folders }: StateSource, task: TaskId, changelogs: readonly ChangelogSpec[], signal: AbortSignal): Promise<{ readonly folder: StateFolder; readonly ranges: ReadonlyMap<string, ChangelogRange> }> {
  let folder = await folders.open(task, signal);
  try {
    const ranges = new Map(await Promise.all(changelogs.map(async ({ topic }): Promise<[string, ChangelogRange]> => [topic, await rangeOf(client, topic, task.partition)])));
    if (!fits(folder, ranges) || await missesDeletions(client, folder, changelogs, ranges)) {
      await folders.remove(task, folder);
      folder = await folders.open(task, signal);
    }
    return { folder, ranges };
  } catch (error) {
    await folders.close(task, folder);
    throw error;
  }
}

/** Opens the folder, and lets `use` have it restored. Begins anew, with nothing, when retention overtakes that. */
async function withRestorer<T>(source: StateSource, task: TaskId, changelogs: readonly ChangelogSpec[], signal: AbortSignal, use: (restorer: Restorer, folder: StateFolder) => Promise<T>): Promise<T> {
  for (let overtaken = 1; ; overtaken++) {
    const { folder, ranges } = await openFolder(source, task, changelogs, signal);
    try {
      return await use(new Restorer({ fetcher: source.fetcher, folder, partition: task.partition, changelogs, ranges }), folder);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'MILL_OFFSET_OUT_OF_RANGE' || overtaken >= MAX_OVERTAKEN) {
        await source.folders.close(task, folder);
        throw error;
      }
      await source.folders.remove(task, folder);
    }
  }
}

/** For the task itself: complete when it resolves. */
export const openRestored = (source: StateSource, task: TaskId, changelogs: readonly ChangelogSpec[], options: RestoreOptions): Promise<StateFolder> =>
  withRestorer(source, task, changelogs, options.signal, async (restorer, folder) => {
    await restorer.restore(options);
    return folder;
  });

/** For a standby: follows the changelogs until the signal is aborted, and closes the folder. */
export const shadow = (source: StateSource, task: TaskId, changelogs: readonly ChangelogSpec[], signal: AbortSignal): Promise<void> =>
  withRestorer(source, task, changelogs, signal, async (restorer, folder) => {
    await restorer.follow(signal);
    await source.folders.close(task, folder);
  });
