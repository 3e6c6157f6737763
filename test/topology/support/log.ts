/** Reading and writing topics in tests. */
import type { LogDriver, LogRecord, Serde } from '../../../connectors/ports/index.ts';

export async function readAll(driver: LogDriver, topic: string): Promise<LogRecord[]> {
  const ends = await driver.endOffsets(topic);
  const partitions = await Promise.all(ends.map(async (end, partition) => (end === 0 ? [] : driver.read({ topic, partition }, 0, end))));
  return partitions.flat();
}

export async function readValues<T>(driver: LogDriver, topic: string, serde: Serde<T>): Promise<T[]> {
  return (await readAll(driver, topic)).flatMap(({ value }) => (value === null ? [] : [serde.deserialize(value)]));
}

export async function writeValues<T>(driver: LogDriver, topic: string, records: readonly (readonly [key: string, value: T])[], serde: Serde<T>): Promise<void> {
  await driver.produce(records.map(([key, value], index) => ({ topic, key: Buffer.from(key), value: serde.serialize(value), timestampMs: index, headers: {} })));
}
