import { expect } from 'chai';
import type { MemberView } from '../../../../connectors/kafka/group/group-view.ts';
import { shadowedBy } from '../../../../connectors/kafka/group/standby-placement.ts';
import { decodeUserData, encodeUserData } from '../../../../connectors/kafka/group/user-data.ts';
import type { GroupMemberDescription, GroupMemberInfo } from '../../../../connectors/kafka/client/index.ts';
import type { TaskId } from '../../../../connectors/ports/index.ts';
import { PARTITIONS, task, withRig } from './rig.ts';
import type { Rig } from './rig.ts';
import { randomFrom, tasksOf, until } from './support.ts';

const view = (memberId: string, instanceId: string, tasks: readonly TaskId[]): MemberView =>
  ({ memberId, tasks, data: { instanceId, endpoint: null, epoch: 0, held: [], warm: [] } });

const member = (memberId: string, instanceId: string, ...partitions: number[]): GroupMemberDescription =>
  ({ memberId, userData: encodeUserData({ instanceId, endpoint: `${instanceId}:80`, epoch: 4, held: [], warm: [] }), partitions: new Map([['in', partitions]]) });

/** What this member told when it joined, and has. */
const self = (rig: Rig, memberId: string, ...partitions: number[]): GroupMemberDescription =>
  ({ memberId, userData: rig.script.membership.options.userData(), partitions: new Map([['in', partitions]]) });

const changelogs = [{ store: 'c', topic: 'c-changelog', format: 'keyed' as const }];
const oneStandby = { options: { numStandbyReplicas: 1 }, subtopology: { changelogs }, lookMs: 5 };

describe('standby placement', () => {
  it('gives each task its replicas, on instances other than the owner\'s, one member each', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomFrom(seed);
      const tasks = tasksOf(2, 6);
      const instances = 1 + random(5);
      const members = Array.from({ length: instances + random(4) }, (_, index) => ({ memberId: `m${index}`, instance: `i${index % instances}`, tasks: [] as TaskId[] }));
      for (const each of tasks) members[random(members.length)]?.tasks.push(each);
      const views = members.map(({ memberId, instance, tasks: owned }) => view(memberId, instance, owned));
      const replicas = random(4);
      for (const each of tasks) {
        const shadows = members.filter(({ memberId }) => shadowedBy(memberId, views, tasks, replicas).includes(each)).map(({ instance }) => instance);
        const owner = members.find(({ tasks: owned }) => owned.includes(each))?.instance;
        expect(new Set(shadows).size, `seed ${seed}`).to.equal(shadows.length);
        expect(shadows.length, `seed ${seed}`).to.equal(Math.min(replicas, instances - 1));
        expect(shadows, `seed ${seed}`).not.to.include(owner);
      }
    }
  });

  it('moves only the replicas of an instance that goes', () => {
    const tasks = tasksOf(1, 40);
    const before = ['a', 'b', 'c', 'd'].map((id) => view(id, id, id === 'a' ? tasks : []));
    const after = before.slice(0, 3);
    for (const id of ['b', 'c']) expect(shadowedBy(id, after, tasks, 1)).to.include.members(shadowedBy(id, before, tasks, 1));
    for (const id of ['b', 'c', 'd']) expect(shadowedBy(id, before, tasks, 1), 'each has some').not.to.be.empty;
  });

  it('leaves out members that cannot be read, and gives nothing to a stranger', () => {
    const tasks = tasksOf(1, 4);
    const views = [view('a', 'a', tasks), { memberId: 'x', tasks: [], data: decodeUserData(Buffer.from('?')) }, view('b', 'b', [])];
    expect(shadowedBy('b', views, tasks, 2)).to.deep.equal(tasks);
    expect(shadowedBy('x', views, tasks, 2)).to.be.empty;
    expect(shadowedBy('stranger', views, tasks, 2)).to.be.empty;
  });
});

describe('standbys of a group member', () => {
  it('run for what others own and follow their changes', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1], oneStandby);
    rig.script.group = [self(rig, 'm1', 0, 1), member('m2', 'other', 2, 3, 4, 5)];
    await until(() => rig.shadowed.size === 4);
    expect([...rig.shadowed].sort()).to.deep.equal([2, 3, 4, 5]);
    rig.script.group = [self(rig, 'm1', 0, 1), member('m2', 'other', 3, 4, 5), member('m3', instanceOf(rig), 2)];
    await until(() => rig.shadowed.size < 4);
    expect(rig.shadowed.has(2), 'another member on the same state directory has it').to.be.false;
    await group.leave();
    expect(rig.shadowed, 'after leave').to.be.empty;
  }));

  it('are stopped, and have closed the state, before the engine hears of the task', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1], oneStandby);
    rig.script.group = [self(rig, 'm1', 0, 1), member('m2', 'other', 2, 3, 4, 5)];
    await until(() => rig.shadowed.size === 4);
    let release: (() => void) | undefined;
    rig.stopStandby = () => new Promise((resolve) => { release = resolve; });
    rig.script.membership.assign('m1', 0, 2);
    await until(() => release !== undefined);
    rig.stopStandby = async () => undefined;
    rig.script.group = [self(rig, 'm1', 0, 2), member('m2', 'other', 1, 3, 4, 5)];
    release?.();
    await until(() => rig.shadowed.has(1));
    const order = rig.events.filter((event) => ['stopped 2', 'assigned 0,2', 'shadow 1'].includes(event));
    expect(order).to.deep.equal(['stopped 2', 'assigned 0,2', 'shadow 1']);
    await group.leave();
  }));

  it('do not run for a task that the engine has not closed yet', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1], oneStandby);
    let release: () => void = () => undefined;
    rig.handle = () => new Promise((resolve) => { release = resolve; });
    rig.script.group = [self(rig, 'm1', 0), member('m2', 'other', 1, 2, 3, 4, 5)];
    rig.script.membership.assign('m1', 0);
    await until(() => rig.told.length === 2 && rig.shadowed.size === 4);
    expect(rig.shadowed.has(1)).to.be.false;
    release();
    await until(() => rig.shadowed.has(1));
    await group.leave();
  }));

  it('run neither without a changelog nor without being asked for', () => withRig(async (rig) => {
    for (const how of [{ ...oneStandby, subtopology: {} }, { ...oneStandby, options: {} }]) {
      const group = await rig.joined([0], how);
      rig.script.group = [self(rig, 'm1', 0), member('m2', 'other', 1, 2, 3, 4, 5)];
      rig.script.membership.assign('m1', 0);
      await until(() => rig.told.length === 2);
      rig.told.length = 0;
      expect(rig.events.filter((event) => event.startsWith('shadow'))).to.be.empty;
      await group.leave();
    }
  }));
});

describe('what a member tells and sees', () => {
  it('tells its instance, endpoint, tasks held and warm ones, and counts the assignments of the group', () => withRig(async (rig) => {
    rig.warm = [{ task: task(3), offsetSum: 99 }];
    const group = await rig.joined([0, 1]);
    const { options } = rig.script.membership;
    const told = decodeUserData(options.userData());
    expect(told).to.deep.include({ endpoint: 'here:80', held: [task(0), task(1)], warm: rig.warm });
    rig.script.group = [self(rig, 'm1', 0, 1), member('m2', 'other', 2)];
    rig.script.membership.assign('m1', 0);
    await until(() => decodeUserData(options.userData())?.epoch === 5);
    await group.leave();
    const again = await rig.joined([0]);
    expect(decodeUserData(rig.script.membership.options.userData())?.instanceId, 'kept in the state directory').to.equal(told?.instanceId);
    await again.leave();
  }));

  it('knows the owners of all tasks, and the last known ones while the group rebalances', () => withRig(async (rig) => {
    const group = await rig.joined([0]);
    rig.script.group = [self(rig, 'm1', 0), member('m2', 'other', 1), { memberId: 'm3', userData: Buffer.from('{}'), partitions: new Map([['in', [2]]]) }];
    rig.script.membership.options.onRebalancing();
    const owners = [{ task: task(0), endpoint: 'here:80' }, { task: task(1), endpoint: 'other:80' }, { task: task(2), endpoint: null }];
    expect(await group.owners()).to.deep.equal(owners);
    rig.script.group = [{ memberId: 'm1', userData: Buffer.alloc(0), partitions: new Map() }];
    rig.script.membership.options.onRebalancing();
    expect(await group.owners()).to.deep.equal(owners);
    rig.script.group = [self(rig, 'm1', 0, 1)];
    expect(await group.owners(), 'asked a moment ago').to.deep.equal(owners);
    await group.leave();
  }));

  it('assigns as the leader: co-partitioned, and nothing to members of another version of the topology', () => withRig(async (rig) => {
    const group = await rig.joined([0], { subtopology: { sources: ['in', 'also'] } });
    const info = (memberId: string, topics: string[], userData: Buffer): GroupMemberInfo => ({ memberId, userData, topics });
    const held = encodeUserData({ instanceId: 'i', endpoint: null, epoch: 0, held: [task(4), task(5)], warm: [] });
    const unreadable = Buffer.from('hello');
    const shares = await rig.script.membership.options.assign([info('old', ['in'], held), info('a', ['in', 'also'], unreadable), info('b', ['in', 'also', 'new'], held)]);
    expect(shares.get('old')?.size).to.equal(0);
    expect(shares.get('b')?.get('in')).to.include.members([4, 5]);
    expect([...shares.values()].flatMap((topics) => [...topics.get('in') ?? []]).sort()).to.deep.equal(Array.from({ length: PARTITIONS }, (_, partition) => partition));
    for (const topics of shares.values()) expect(topics.get('also')).to.deep.equal(topics.get('in'));
    await group.leave();
  }));
});

function instanceOf(rig: Rig): string {
  return decodeUserData(rig.script.membership.options.userData())?.instanceId ?? '';
}
