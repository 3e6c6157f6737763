/** Finds each outgoing record's partition and checks it, before it can spoil a commit that others share. */
import { assertLegalRecord, assertPartition, partitionForKey } from '../../ports/index.ts';
import type { OutgoingRecord } from '../../ports/index.ts';
import type { PartitionLog } from './partition-log.ts';
import type { TopicCatalog } from './topic-catalog.ts';

export interface RoutedRecords {
  readonly byPartition: ReadonlyMap<PartitionLog, readonly OutgoingRecord[]>;
  /** Keys and values. */
  readonly bytes: number;
}

export class Router {
  readonly #catalog: TopicCatalog;
  /** Records without a key go to the partitions in turn, one call at a time, so that batches stay large. */
  #turn = 0;

  constructor(catalog: TopicCatalog) {
    this.#catalog = catalog;
  }

  /** @throws MillraceError MILL_TOPIC_MISMATCH, MILL_SERIALIZATION */
  route(records: readonly OutgoingRecord[]): RoutedRecords {
    const byPartition = new Map<PartitionLog, OutgoingRecord[]>();
    let bytes = 0;
    this.#turn++;
    for (const record of records) {
      const log = this.#logOf(record);
      const sharing = byPartition.get(log);
      if (sharing === undefined) byPartition.set(log, [record]);
      else sharing.push(record);
      bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    }
    return { byPartition, bytes };
  }

  #logOf(record: OutgoingRecord): PartitionLog {
    assertLegalRecord(record);
    const { topic, partition, key } = record;
    const { logs } = this.#catalog.get(topic);
    const chosen = partition ?? (key === null ? this.#turn % logs.length : partitionForKey(key, logs.length));
    assertPartition(topic, chosen, logs.length);
    return logs[chosen] as PartitionLog;
  }
}
