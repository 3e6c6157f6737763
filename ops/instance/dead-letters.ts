/** Reads media.dlq: raw records with KIP-1034 headers become the typed view. */
import type { LogDriver, LogRecord } from '../../connectors/ports/index.ts';
import type { DeadLetter } from '../../schemas/index.ts';
import { TOPICS } from '../../topology/media/index.ts';

/** The newest dead letters of all partitions, newest first. */
export async function latestDeadLetters(driver: LogDriver, limit: number): Promise<DeadLetter[]> {
  const ends = await driver.endOffsets(TOPICS.deadLetters);
  const records = await Promise.all(ends.map((end, partition) =>
    driver.read({ topic: TOPICS.deadLetters, partition }, Math.max(0, end - limit), limit)));
  return records.flat().map(toDeadLetter).sort((a, b) => b.atMs - a.atMs).slice(0, limit);
}

function toDeadLetter({ key, headers }: LogRecord): DeadLetter {
  const header = (name: string): string => headers[`__streams.errors.${name}`]?.toString() ?? '';
  const [topic, partition, offset, node] = [header('topic'), Number(header('partition')), Number(header('offset')), header('node')];
  return {
    id: `${topic}/${partition}/${offset}/${node}`,
    // Topics are keyed by asset, or by asset/unit; claims by content hash.
    assetId: topic === TOPICS.claims ? null : (key?.toString().split('/')[0] ?? null),
    topic, partition, offset, node,
    code: header('code'),
    message: header('message'),
    stacktrace: header('stacktrace'),
    atMs: Number(header('at')),
  };
}
