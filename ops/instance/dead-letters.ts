/** Reads media.dlq: raw records with KIP-1034 headers become the typed view. */
import type { LogDriver, LogRecord } from '../../connectors/ports/index.ts';
import type { DeadLetter, Serdes } from '../../schemas/index.ts';
import { TOPICS } from '../../topology/media/index.ts';

/** The newest dead letters of all partitions, newest first. */
export async function latestDeadLetters(driver: LogDriver, serdes: Pick<Serdes, 'contentClaim'>, limit: number): Promise<DeadLetter[]> {
  const ends = await driver.endOffsets(TOPICS.deadLetters);
  const records = await Promise.all(ends.map((end, partition) =>
    driver.read({ topic: TOPICS.deadLetters, partition }, Math.max(0, end - limit), limit)));
  return records.flat().map((record) => toDeadLetter(record, serdes)).sort((a, b) => b.atMs - a.atMs).slice(0, limit);
}

function toDeadLetter(record: LogRecord, serdes: Pick<Serdes, 'contentClaim'>): DeadLetter {
  const { headers } = record;
  const header = (name: string): string => headers[`__streams.errors.${name}`]?.toString() ?? '';
  const [topic, partition, offset, node] = [header('topic'), Number(header('partition')), Number(header('offset')), header('node')];
  return {
    id: `${topic}/${partition}/${offset}/${node}`,
    assetId: assetOf(topic, record, serdes),
    topic, partition, offset, node,
    code: header('code'),
    message: header('message'),
    stacktrace: header('stacktrace'),
    atMs: Number(header('at')),
  };
}

/** Topics are keyed by asset, or by asset/unit; claims by content hash, and name the asset inside. */
function assetOf(topic: string, { key, value }: LogRecord, { contentClaim }: Pick<Serdes, 'contentClaim'>): string | null {
  if (topic !== TOPICS.claims) return key?.toString().split('/')[0] ?? null;
  try {
    return value === null ? null : contentClaim.deserialize(value).assetId;
  } catch {
    // That it cannot be read may be why it lies here.
    return null;
  }
}
