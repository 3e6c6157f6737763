/** Partition counts: checks co-partitioning, works out those of repartition topics, and creates what the application owns. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { LogDriver, TopicSpec } from '../../connectors/ports/index.ts';
import type { Subtopology, Topology } from '../graph/index.ts';
import { changelogTopicOf } from './changelogs.ts';
import { MAX_INPUT_BYTES, retryTopicName } from './retry-record.ts';

/** Message, stack trace and the other headers of an error, and what names the place of a retry. */
const ERROR_HEADERS_BYTES = 64 * 1024;

type Counts = Map<string, number>;

interface PrepareOptions {
  readonly driver: LogDriver;
  readonly applicationId: string;
  readonly deadLetterTopic: string;
  readonly retryTopics: { readonly delaysMs: readonly number[] };
}

const invalid = (message: string): MillraceError => new MillraceError('MILL_TOPOLOGY_INVALID', message);

/** @throws MillraceError MILL_TOPOLOGY_INVALID when a topic is missing or a sub-topology's sources differ in partitions. */
export async function prepareTopics(topology: Topology, { driver, applicationId, deadLetterTopic, retryTopics: { delaysMs } }: PrepareOptions): Promise<void> {
  const internal = new Map(topology.repartitions.map(({ topic, partitions }) => [topic, partitions]));
  const counts: Counts = new Map();
  for (const { name, sourceTopics, sinkTopics } of topology.subtopologies) {
    for (const topic of [...sourceTopics, ...sinkTopics]) {
      if (internal.has(topic) || counts.has(topic)) continue;
      const partitions = await driver.partitionCount(topic);
      if (partitions !== undefined) counts.set(topic, partitions);
      else if (topic !== deadLetterTopic) throw invalid(`Topic ${topic} of sub-topology ${name} does not exist: create it first.`);
    }
  }
  for (const [topic, partitions] of internal) if (partitions !== null) counts.set(topic, partitions);
  settleRepartitions(topology.subtopologies, counts, [...internal.keys()]);
  checkCopartitioning(topology.subtopologies, counts);
  const owned = [...internal.keys()].map((topic): TopicSpec => ({ topic: topology.topicName(topic, applicationId), partitions: counts.get(topic) ?? 1 }));
  await driver.ensureTopics([...owned, ...(driver.changelogs ? changelogTopics(topology, counts, applicationId) : [])]);
  if ((await driver.partitionCount(deadLetterTopic)) === undefined) {
    const partitions = siblingCount(topology.subtopologies, counts, deadLetterTopic) ?? 1;
    counts.set(deadLetterTopic, partitions);
    await driver.ensureTopics([{ topic: deadLetterTopic, partitions, ...roomFor(driver, counts, ERROR_HEADERS_BYTES) }]);
  }
  await driver.ensureTopics(topology.subtopologies.flatMap(({ name, sourceTopics }) => delaysMs.map((_, level): TopicSpec =>
    ({ topic: retryTopicName(applicationId, name, level), partitions: taskCount(counts, sourceTopics), ...roomFor(driver, counts, ERROR_HEADERS_BYTES + MAX_INPUT_BYTES) }))));
}

/** Any source record fits, with what is added to its headers. */
function roomFor(driver: LogDriver, counts: Counts, headerBytes: number): Pick<TopicSpec, 'maxRecordBytes'> {
  const limits = [...counts.keys()].flatMap((topic) => driver.maxRecordBytes(topic) ?? []);
  return limits.length === 0 ? {} : { maxRecordBytes: Math.max(...limits) + headerBytes };
}

const taskCount = (counts: Counts, sourceTopics: readonly string[]): number => Math.max(1, ...sourceTopics.flatMap((topic) => counts.get(topic) ?? []));

/** As many partitions as the store's sub-topology has tasks. */
function changelogTopics(topology: Topology, counts: Counts, applicationId: string): TopicSpec[] {
  return topology.subtopologies.flatMap(({ stores, sourceTopics }) => {
    const partitions = taskCount(counts, sourceTopics);
    return topology.stores.filter(({ name }) => stores.includes(name)).map((store) => changelogTopicOf(applicationId, store, partitions));
  });
}

/** The partition count of any other topic that is read together with this one. */
function siblingCount(subtopologies: readonly Subtopology[], counts: Counts, topic: string): number | undefined {
  const readers = subtopologies.filter(({ sourceTopics }) => sourceTopics.includes(topic));
  return readers.flatMap(({ sourceTopics }) => sourceTopics.flatMap((source) => counts.get(source) ?? [])).at(0);
}

/** A repartition topic without a count takes that of the topics it is read with, else that of the sub-topology that writes it. */
function settleRepartitions(subtopologies: readonly Subtopology[], counts: Counts, topics: readonly string[]): void {
  const inherited = (topic: string): number | undefined => {
    const writers = subtopologies.filter(({ sinkTopics }) => sinkTopics.includes(topic));
    const known = writers.flatMap(({ sourceTopics }) => sourceTopics.flatMap((source) => counts.get(source) ?? []));
    return known.length === 0 ? undefined : Math.max(...known);
  };
  for (let pass = 0; pass < topics.length; pass++) {
    for (const topic of topics) {
      const count = counts.get(topic) ?? siblingCount(subtopologies, counts, topic) ?? inherited(topic);
      if (count !== undefined) counts.set(topic, count);
    }
  }
}

function checkCopartitioning(subtopologies: readonly Subtopology[], counts: Counts): void {
  for (const { name, sourceTopics } of subtopologies) {
    const known = sourceTopics.flatMap((topic) => (counts.has(topic) ? [{ topic, count: counts.get(topic) }] : []));
    if (new Set(known.map(({ count }) => count)).size <= 1) continue;
    const list = known.map(({ topic, count }) => `${topic} has ${count ?? 0}`).join(', ');
    throw invalid(`The topics of sub-topology ${name} are read together and must have equally many partitions: ${list}. Repartition one of them.`);
  }
}
