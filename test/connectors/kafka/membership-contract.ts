/** Memberships of every driver when the group changes or fails, on a real broker: what the client's contract leaves out. */
import { expect } from 'chai';
import type { GroupMemberInfo, KafkaClient, Membership, MembershipOptions, PartitionsByTopic } from '../../../connectors/kafka/client/index.ts';
import type { KafkaConnectionOptions } from '../../../connectors/kafka/options.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';
import { createTopic, uniqueName, withClient, type Driver } from './client-contract.ts';

interface Events {
  readonly log: string[];
  /** Resolves when the test holds, looked at after each event. */
  until(test: () => boolean): Promise<void>;
  add(event: string): void;
}

function eventLog(): Events {
  const log: string[] = [];
  const waiting = new Set<() => void>();
  return {
    log,
    add(event) {
      log.push(event);
      for (const look of [...waiting]) look();
    },
    until: (test) => new Promise((resolve) => {
      const look = (): void => {
        if (!test()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    }),
  };
}

interface TestMember {
  readonly membership: Membership;
  readonly assignments: { readonly memberId: string; readonly partitions: PartitionsByTopic }[];
  readonly events: Events;
  readonly failures: unknown[];
}

const PROTOCOL = 'test';

/** The members in the order of their user data, each with the partitions of `shares` at its place. */
const byUserData = (topic: string, shares: (members: readonly string[]) => readonly (readonly number[])[]) =>
  async (members: readonly GroupMemberInfo[]): Promise<ReadonlyMap<string, PartitionsByTopic>> => {
    const sorted = [...members].sort((a, b) => a.userData.compare(b.userData));
    const of = shares(sorted.map(({ userData }) => userData.toString()));
    return new Map(sorted.map(({ memberId }, index) => [memberId, new Map((of[index]?.length ?? 0) > 0 ? [[topic, of[index] ?? []]] : [])]));
  };

async function join(client: KafkaClient, groupId: string, topic: string, more: Pick<MembershipOptions, 'assign' | 'userData'> & Partial<MembershipOptions>): Promise<TestMember> {
  const assignments: TestMember['assignments'] = [];
  const failures: unknown[] = [];
  const events = eventLog();
  const membership = await client.joinGroup({
    groupId, topics: [topic], protocol: PROTOCOL, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, heartbeatIntervalMs: 100,
    onAssigned: (assignment) => {
      assignments.push(assignment);
      events.add('assigned');
    },
    onRebalancing: () => { events.add('rebalancing'); },
    onFailed: (error) => { failures.push(error); },
    ...more,
  });
  return { membership, assignments, events, failures };
}

const partitionsOf = ({ assignments }: TestMember, topic: string): readonly number[] => assignments.at(-1)?.partitions.get(topic) ?? [];

export function describeMembership(driver: Driver): void {
  let options: KafkaConnectionOptions;

  before(async () => {
    options = { brokers: [(await sharedKafka()).bootstrap], driver };
  });

  const withTopic = (partitions: number, use: (client: KafkaClient, topic: string, groupId: string) => Promise<void>): Promise<void> =>
    withClient(options, async (client) => use(client, await createTopic(client, partitions), uniqueName('group')));

  it('a member alone has what the assignor gives it, and not more', () => withTopic(3, async (client, topic, groupId) => {
    const seen: string[][] = [];
    const member = await join(client, groupId, topic, {
      userData: () => Buffer.from('one'),
      assign: async (members) => {
        seen.push(members.map((info) => `${info.userData.toString()}:${info.topics.join()}`));
        return byUserData(topic, () => [[0, 2]])(members);
      },
    });
    expect(seen).to.deep.equal([[`one:${topic}`]]);
    expect(partitionsOf(member, topic)).to.deep.equal([0, 2]);
    const [described] = await client.describeGroup(groupId);
    expect(described?.memberId).to.equal(member.assignments[0]?.memberId);
    expect(described?.userData.toString()).to.equal('one');
    expect([...described?.partitions ?? []]).to.deep.equal([[topic, [0, 2]]]);
    await member.membership.leave();
    expect(await client.describeGroup(groupId), 'at once').to.deep.equal([]);
  }));

  it('a second member interrupts the first; user data is asked anew; nothing at all is an assignment too', () => withTopic(2, async (client, topic, groupId) => {
    let joins = 0;
    const assign = byUserData(topic, () => [[0, 1], []]);
    const first = await join(client, groupId, topic, { userData: () => Buffer.from(`a${joins++}`), assign });
    const second = await withClient(options, async (other) => {
      const member = await join(other, groupId, topic, { userData: () => Buffer.from('b'), assign });
      await first.events.until(() => first.events.log.filter((event) => event === 'assigned').length === 2);
      expect(first.events.log).to.deep.equal(['assigned', 'rebalancing', 'assigned']);
      expect(partitionsOf(first, topic)).to.deep.equal([0, 1]);
      expect(member.assignments.map(({ partitions }) => [...partitions])).to.deep.equal([[]]);
      expect(first.assignments[1]?.memberId, 'the first keeps its id').to.equal(first.assignments[0]?.memberId);
      const described = await client.describeGroup(groupId);
      expect(described.map(({ userData }) => userData.toString()).sort()[0]).to.match(/^a[1-9]/);
      await member.membership.leave();
      return member;
    });
    await first.events.until(() => first.events.log.filter((event) => event === 'assigned').length === 3);
    expect(second.failures).to.deep.equal([]);
    await first.membership.leave();
    expect(first.events.log).to.deep.equal(['assigned', 'rebalancing', 'assigned', 'rebalancing', 'assigned']);
    expect(first.failures).to.deep.equal([]);
  }));

  it('a commit during a rebalance is stored or to be tried again, and never lost in silence', () => withTopic(2, async (client, topic, groupId) => {
    const assign = byUserData(topic, (members) => (members.length === 2 ? [[0], [1]] : [[0, 1]]));
    const first = await join(client, groupId, topic, { userData: () => Buffer.from('a'), assign });
    const joining = join(client, groupId, topic, { userData: () => Buffer.from('b'), assign });
    let stored = 0;
    let postponed = 0;
    for (let offset = 1; first.assignments.length < 2; offset += 1) {
      await first.membership.commit(new Map([[`${topic}/0`, offset]])).then(() => { stored = offset; }, (error: unknown) => {
        expect(error).to.include({ name: 'MillraceError', code: 'MILL_REBALANCING' });
        postponed += 1;
      });
    }
    const second = await joining;
    expect(stored + postponed).to.be.greaterThan(0);
    expect((await client.groupOffsets(groupId, [topic])).get(`${topic}/0`) ?? 0).to.equal(stored);
    await first.membership.commit(new Map([[`${topic}/0`, 1000]]));
    await second.membership.commit(new Map([[`${topic}/1`, 2000]]));
    expect([...await client.groupOffsets(groupId, [topic])]).to.deep.equal([[`${topic}/0`, 1000], [`${topic}/1`, 2000]]);
    await Promise.all([first.membership.leave(), second.membership.leave()]);
  }));

  it('a member that does not join a rebalance in time is put out and commits no more', () => withTopic(1, async (client, topic, groupId) => {
    const toTheLast = byUserData(topic, (members) => members.map((_, index) => (index === members.length - 1 ? [0] : [])));
    const more = { assign: toTheLast, sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 1_000 };
    const deaf = await join(client, groupId, topic, { ...more, userData: () => Buffer.from('a'), heartbeatIntervalMs: 60_000 });
    const heir = await join(client, groupId, topic, { ...more, userData: () => Buffer.from('b') });
    expect(partitionsOf(heir, topic)).to.deep.equal([0]);
    const failure = await deaf.membership.commit(new Map([[`${topic}/0`, 1]])).catch((error: unknown) => error);
    expect(failure).to.include({ name: 'MillraceError', code: 'MILL_FENCED' });
    expect([...await client.groupOffsets(groupId, [topic])]).to.deep.equal([]);
    await Promise.all([deaf.membership.leave(), heir.membership.leave()]);
  }));

  it('a member that was put out joins again under another id', () => withTopic(1, async (client, topic, groupId) => {
    const more = { assign: byUserData(topic, (members) => members.map((_, index) => (index === members.length - 1 ? [0] : []))), rebalanceTimeoutMs: 500, sessionTimeoutMs: 6_000 };
    const late = await join(client, groupId, topic, { ...more, userData: () => Buffer.from('a'), heartbeatIntervalMs: 2_000 });
    const second = await join(client, groupId, topic, { ...more, userData: () => Buffer.from('b') });
    await late.events.until(() => late.assignments.length > 1);
    expect(late.events.log.slice(0, 3)).to.deep.equal(['assigned', 'rebalancing', 'assigned']);
    expect(late.assignments[1]?.memberId).not.to.equal(late.assignments[0]?.memberId);
    await Promise.all([late.membership.leave(), second.membership.leave()]);
  }));

  it('members of another protocol cannot join', () => withTopic(1, async (client, topic, groupId) => {
    const more = { userData: () => Buffer.from('x'), assign: byUserData(topic, () => [[0]]) };
    const member = await join(client, groupId, topic, more);
    const failure = await join(client, groupId, topic, { ...more, protocol: 'another' }).catch((error: unknown) => error);
    expect(failure).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_FAILED' });
    await member.membership.leave();
    expect(member.failures).to.deep.equal([]);
  }));

  it('an assignor that fails ends the membership', () => withTopic(1, async (client, topic, groupId) => {
    const failure = await join(client, groupId, topic, { userData: () => Buffer.alloc(0), assign: () => Promise.reject(new Error('no')) }).catch((error: unknown) => error);
    expect(failure).to.include({ name: 'MillraceError' });
    expect(await client.describeGroup(groupId)).to.deep.equal([]);
  }));
}
