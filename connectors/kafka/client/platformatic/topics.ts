/** Topics: what there is, making them, their configs. */
import type { NewTopic, TopicDescription } from '../client.ts';
import { leadersOf, type Cluster } from './cluster.ts';
import { CODE } from './error-codes.ts';
import { accept, Refusal } from './failures.ts';
import { offsets } from './groups.ts';

const BROKERS_DEFAULT = -1;

/** Those that do not exist are left out. */
export async function describeTopics(cluster: Cluster, topics: readonly string[]): Promise<readonly TopicDescription[]> {
  if (topics.length === 0) return [];
  return cluster.retry(async () => {
    const metadata = await cluster.metadata([...topics]);
    const found: TopicDescription[] = [];
    for (const { name, errorCode, partitions } of metadata.topics) {
      if (errorCode === CODE.UNKNOWN_TOPIC_OR_PARTITION) continue;
      accept(`Topic ${name ?? ''}`, errorCode);
      found.push({ topic: name ?? '', leaders: leadersOf(partitions) });
    }
    return found;
  }, { what: 'Describing topics' });
}

/** Asks the controller, which the last metadata named. */
async function askController<T>(cluster: Cluster, what: string, request: (controller: Awaited<ReturnType<Cluster['addressOf']>>) => Promise<T>): Promise<T> {
  return cluster.retry(async () => {
    const { controllerId } = await cluster.metadata([]);
    return request(await cluster.addressOf(controllerId));
  }, { what });
}

/** Resolves when every partition has a leader that serves it. */
export async function createTopics(cluster: Cluster, topics: readonly NewTopic[]): Promise<void> {
  if (topics.length === 0) return;
  const wanted = topics.map(({ topic, partitions, replicationFactor = BROKERS_DEFAULT, configs }) => ({
    name: topic, numPartitions: partitions, replicationFactor, assignments: [], configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  }));
  await askController(cluster, 'Creating topics', async (controller) => {
    const answer = await cluster.main.ask(controller, cluster.library.createTopicsV7.api, wanted, cluster.brokerTimeoutMs, false);
    for (const { name, errorCode, errorMessage } of answer.topics) {
      if (errorCode !== CODE.TOPIC_ALREADY_EXISTS) accept(`Topic ${name}`, errorCode, errorMessage);
    }
  });
  // A leader that is named has not always heard of it: whoever tells offsets has.
  await Promise.all(topics.map(({ topic }) => offsets(cluster, topic, 'latest', 'read_uncommitted')));
}

/** Resolves when they are no longer described. */
export async function deleteTopics(cluster: Cluster, topics: readonly string[]): Promise<void> {
  if (topics.length === 0) return;
  await askController(cluster, 'Deleting topics', async (controller) => {
    const answer = await cluster.main.ask(controller, cluster.library.deleteTopicsV6.api, topics.map((name) => ({ name })), cluster.brokerTimeoutMs);
    for (const { name, errorCode, errorMessage } of answer.responses) {
      if (errorCode !== CODE.UNKNOWN_TOPIC_OR_PARTITION) accept(`Topic ${name ?? ''}`, errorCode, errorMessage);
    }
  });
  // The brokers hear of it a moment later.
  await cluster.retry(async () => {
    const [left] = await describeTopics(cluster, topics);
    if (left !== undefined) throw new Refusal(`${left.topic} is being deleted`, CODE.REQUEST_TIMED_OUT);
  }, { what: 'Deleting topics' });
}

export async function topicConfigs(cluster: Cluster, topic: string, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { describeConfigsV4, ConfigResourceTypes } = cluster.library;
  return cluster.retry(async () => {
    const { results } = await cluster.askAny(describeConfigsV4.api, [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: [...names] }], false, false);
    const found: Record<string, string> = {};
    for (const { errorCode, errorMessage, configs } of results) {
      accept(`Topic ${topic}`, errorCode, errorMessage);
      for (const { name, value } of configs) if (typeof value === 'string') found[name] = value;
    }
    return found;
  }, { what: 'Describing configs' });
}

/** At the leader of each partition; once more for those that have another by then. */
export async function deleteRecords(cluster: Cluster, topic: string, before: ReadonlyMap<number, number>): Promise<void> {
  const left = new Map(before);
  await cluster.retry(async () => {
    await cluster.refreshLeaders(topic);
    const byLeader = new Map<number, { partitionIndex: number; offset: bigint }[]>();
    for (const [partitionIndex, offset] of left) {
      const leader = cluster.leaderOf(topic, partitionIndex);
      if (leader === undefined) throw new Refusal(`Leader of ${topic}/${partitionIndex}`, CODE.LEADER_NOT_AVAILABLE);
      const of = byLeader.get(leader) ?? [];
      byLeader.set(leader, [...of, { partitionIndex, offset: BigInt(offset) }]);
    }
    for (const [leader, partitions] of byLeader) {
      const answer = await cluster.main.ask(await cluster.addressOf(leader), cluster.library.deleteRecordsV2.api, [{ name: topic, partitions }], cluster.brokerTimeoutMs);
      for (const { partitionIndex, errorCode } of answer.topics.flatMap((found) => found.partitions)) {
        accept(`${topic}/${partitionIndex}`, errorCode);
        left.delete(partitionIndex);
      }
    }
  }, { what: `Deleting records of ${topic}` });
}
