/** Offsets of partitions, and groups as others see them. */
import type { Positions } from '../../../ports/index.ts';
import type { GroupMemberDescription, IsolationLevel } from '../client.ts';
import { decodeAssignment, decodeSubscription } from '../group-protocol.ts';
import type { Cluster } from './cluster.ts';
import { CODE, isStaleLeader } from './error-codes.ts';
import { accept, Refusal } from './failures.ts';

const NO_EPOCH = -1;
const NO_REPLICA = -1;

async function offsetsAtLeader(cluster: Cluster, leader: number, topic: string, partitions: readonly number[], timestamp: bigint, isolation: IsolationLevel): Promise<[number, number][]> {
  const { listOffsetsV7, FetchIsolationLevels: levels } = cluster.library;
  const answer = await cluster.main.ask(
    await cluster.addressOf(leader), listOffsetsV7.api, NO_REPLICA, isolation === 'read_committed' ? levels.READ_COMMITTED : levels.READ_UNCOMMITTED,
    [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: NO_EPOCH, timestamp })) }],
  );
  return answer.topics.flatMap(({ partitions: found }) => found.map(({ partitionIndex, errorCode, offset }): [number, number] => {
    accept(`${topic}/${partitionIndex}`, errorCode);
    return [partitionIndex, Number(offset)];
  }));
}

export async function offsets(cluster: Cluster, topic: string, at: 'earliest' | 'latest', isolation: IsolationLevel): Promise<readonly number[]> {
  const { EARLIEST, LATEST } = cluster.library.ListOffsetTimestamps;
  return cluster.retry(async () => {
    const metadata = await cluster.metadata([topic]);
    const byLeader = new Map<number, number[]>();
    for (const { errorCode, partitions } of metadata.topics) {
      accept(`Topic ${topic}`, errorCode);
      for (const { partitionIndex, leaderId } of partitions) {
        if (leaderId < 0) throw new Refusal(`Leader of ${topic}/${partitionIndex}`, CODE.LEADER_NOT_AVAILABLE);
        const of = byLeader.get(leaderId);
        if (of === undefined) byLeader.set(leaderId, [partitionIndex]); else of.push(partitionIndex);
      }
    }
    const found = await Promise.all([...byLeader].map(([leader, partitions]) => offsetsAtLeader(cluster, leader, topic, partitions, at === 'earliest' ? EARLIEST : LATEST, isolation)));
    return found.flat().sort(([a], [b]) => a - b).map(([, offset]) => offset);
  }, { what: `Offsets of ${topic}` });
}

/** While a transaction commits an offset, that offset is waited for, and it only: each partition is taken as soon as it is stable. */
export async function groupOffsets(cluster: Cluster, groupId: string, topics: readonly string[]): Promise<Positions> {
  const metadata = await cluster.metadata([...topics]);
  const left = new Map<string, Set<number>>();
  for (const { name, errorCode, partitions } of metadata.topics) {
    if (errorCode === CODE.NONE && typeof name === 'string') left.set(name, new Set(partitions.map(({ partitionIndex }) => partitionIndex)));
  }
  const positions = new Map<string, number>();
  const collect = ({ name, partitions }: { name: string; partitions: { partitionIndex: number; committedOffset: bigint; errorCode: number }[] }): boolean => {
    let unstable = false;
    for (const { partitionIndex, committedOffset, errorCode } of partitions) {
      if (errorCode === CODE.UNSTABLE_OFFSET_COMMIT) {
        unstable = true;
        continue;
      }
      if (!isStaleLeader(errorCode)) accept(`${name}/${partitionIndex}`, errorCode);
      if (committedOffset >= 0n) positions.set(`${name}/${partitionIndex}`, Number(committedOffset));
      left.get(name)?.delete(partitionIndex);
    }
    return unstable;
  };
  if (left.size > 0) {
    await cluster.coordinated('group', groupId, async (coordinator) => {
      const wanted = [...left].filter(([, partitions]) => partitions.size > 0).map(([name, partitions]) => ({ name, partitionIndexes: [...partitions] }));
      const answer = await cluster.main.ask(coordinator, cluster.library.offsetFetchV8.api, [{ groupId, memberEpoch: NO_EPOCH, topics: wanted }], true);
      for (const group of answer.groups) {
        accept(`Group ${groupId}`, group.errorCode);
        if (group.topics.map(collect).includes(true)) throw new Refusal(`Group ${groupId}`, CODE.UNSTABLE_OFFSET_COMMIT);
      }
    }, { what: `Offsets of the group ${groupId}`, firstDelayMs: 5 });
  }
  return positions;
}

export async function describeGroup(cluster: Cluster, groupId: string): Promise<readonly GroupMemberDescription[]> {
  return cluster.coordinated('group', groupId, async (coordinator) => {
    const { groups } = await cluster.main.ask(coordinator, cluster.library.describeGroupsV5.api, [groupId], false);
    return groups.flatMap(({ errorCode, members }) => {
      if (errorCode === CODE.GROUP_ID_NOT_FOUND) return [];
      accept(`Group ${groupId}`, errorCode);
      return members.map(({ memberId, memberMetadata, memberAssignment }) => ({
        memberId, userData: decodeSubscription(memberMetadata).userData, partitions: decodeAssignment(memberAssignment),
      }));
    });
  }, { what: `Describing the group ${groupId}` });
}
