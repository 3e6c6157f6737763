/** Finds each outgoing record's partition and checks it, before anything of its commit is sent. */
import { MillraceError, assertLegalRecord, assertPartition, partitionForKey } from '../../ports/index.ts';
import type { OutgoingRecord } from '../../ports/index.ts';
import type { PartitionBatch } from '../client/index.ts';
import { recordBytes } from './record-size.ts';
import type { TopicTable } from './topics.ts';

interface Batch extends PartitionBatch {
  readonly records: OutgoingRecord[];
}

export class Router {
  readonly #topics: TopicTable;
  /** Records without a key go to the partitions in turn, one call at a time, so that batches stay large. */
  #turn = 0;

  constructor(topics: TopicTable) {
    this.#topics = topics;
  }

  /**
   * One batch a partition, each in the order of the records.
   * @throws MillraceError MILL_TOPIC_MISMATCH, MILL_SERIALIZATION, MILL_RECORD_TOO_LARGE
   */
  async route(records: readonly OutgoingRecord[]): Promise<readonly PartitionBatch[]> {
    if (records.length === 0) return [];
    await this.#topics.know(topicsOf(records));
    const byTopic = new Map<string, (Batch | undefined)[]>();
    const batches: Batch[] = [];
    this.#turn++;
    for (const record of records) {
      const { topic } = record;
      let partitions = byTopic.get(topic);
      if (partitions === undefined) byTopic.set(topic, partitions = []);
      const partition = this.#partitionOf(record);
      let batch = partitions[partition];
      if (batch === undefined) batches.push(partitions[partition] = batch = { topic, partition, records: [] });
      batch.records.push(record);
    }
    return batches;
  }

  #partitionOf(record: OutgoingRecord): number {
    assertLegalRecord(record);
    const { topic, partition, key } = record;
    const { partitions, maxRecordBytes } = this.#topics.get(topic);
    const bytes = recordBytes(record);
    if (bytes > maxRecordBytes) throw new MillraceError('MILL_RECORD_TOO_LARGE', `A record for ${topic} has ${bytes} bytes, and the topic takes ${maxRecordBytes}.`);
    const chosen = partition ?? (key === null ? this.#turn % partitions : partitionForKey(key, partitions));
    assertPartition(topic, chosen, partitions);
    return chosen;
  }
}

function topicsOf(records: readonly OutgoingRecord[]): ReadonlySet<string> {
  const topics = new Set<string>();
  for (const { topic } of records) topics.add(topic);
  return topics;
}
