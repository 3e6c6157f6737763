import { expect } from 'chai';
import { assignTasks } from '../../../../connectors/kafka/group/assignor.ts';
import type { AssignableMember } from '../../../../connectors/kafka/group/assignor.ts';
import { taskKey } from '../../../../connectors/kafka/group/tasks.ts';
import type { TaskId } from '../../../../connectors/ports/index.ts';
import { randomFrom, tasksOf, without } from './support.ts';

type Shares = ReadonlyMap<string, readonly TaskId[]>;

const fresh = (memberId: string): AssignableMember => ({ memberId, epoch: 0, held: [], warm: [] });
const names = (tasks: readonly TaskId[] | undefined): string[] => (tasks ?? []).map(taskKey).sort();
const members = (ids: readonly string[], before: Shares = new Map()): AssignableMember[] =>
  ids.map((memberId) => ({ memberId, epoch: 1, held: before.get(memberId) ?? [], warm: [] }));

function assertWhole(shares: Shares, tasks: readonly TaskId[], seed: string): void {
  expect([...shares.values()].flatMap(names).sort(), `${seed}: every task once`).to.deep.equal(names(tasks));
  const sizes = [...shares.values()].map(({ length }) => length);
  expect(Math.max(...sizes) - Math.min(...sizes), `${seed}: balanced`).to.be.at.most(1);
}

/** What must leave its holder, whoever decides: everything over the share that the fullest members may have. */
function leastMoves(held: readonly number[], tasks: number): number {
  const floor = Math.floor(tasks / held.length);
  const mayHaveOneMore = Math.min(tasks % held.length, held.filter((count) => count > floor).length);
  const over = held.reduce((sum, count) => sum + Math.max(0, count - floor), 0);
  return over - mayHaveOneMore;
}

describe('sticky assignor', () => {
  it('gives every task to one member, balanced to within one, whatever the members claim', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = randomFrom(seed);
      const tasks = tasksOf(1 + random(3), 1 + random(12));
      const subset = (): TaskId[] => tasks.filter(() => random(3) === 0);
      const group = Array.from({ length: 1 + random(7) }, (_, index) => ({
        memberId: `m${index}`,
        epoch: random(4),
        held: [...subset(), { subtopology: 'gone', partition: random(5) }],
        warm: subset().map((task) => ({ task, offsetSum: random(1000) })),
      }));
      assertWhole(assignTasks(group, tasks), tasks, `seed ${seed}`);
    }
  });

  it('decides the same in whatever order the members come', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomFrom(seed);
      const tasks = tasksOf(2, 8);
      const group = Array.from({ length: 5 }, (_, index) => ({
        memberId: `m${index}`,
        epoch: random(2),
        held: tasks.filter(() => random(2) === 0),
        warm: tasks.filter(() => random(2) === 0).map((task) => ({ task, offsetSum: random(3) })),
      }));
      const shuffled = group.map((member) => ({ member, at: random(1000) })).sort((a, b) => a.at - b.at).map(({ member }) => member);
      const sorted = (shares: Shares): [string, string[]][] => [...shares].map(([id, held]): [string, string[]] => [id, names(held)]).sort(([a], [b]) => (a < b ? -1 : 1));
      expect(sorted(assignTasks(shuffled, tasks)), `seed ${seed}`).to.deep.equal(sorted(assignTasks(group, tasks)));
    }
  });

  it('changes nothing when nothing changed', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomFrom(seed);
      const tasks = tasksOf(1 + random(3), 1 + random(12));
      const ids = Array.from({ length: 1 + random(7) }, (_, index) => `m${index}`);
      const before = assignTasks(ids.map(fresh), tasks);
      const after = assignTasks(members(ids, before), tasks);
      for (const id of ids) expect(names(after.get(id)), `seed ${seed}`).to.deep.equal(names(before.get(id)));
    }
  });

  it('moves as few tasks as balance allows while members come and go, and between two that stay only what balance needs', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomFrom(seed);
      const tasks = tasksOf(1 + random(2), 1 + random(16));
      let ids = ['m0'];
      let shares = assignTasks(ids.map(fresh), tasks);
      for (let step = 1; step <= 12; step++) {
        const label = `seed ${seed}, step ${step}`;
        ids = ids.filter(() => random(4) > 0);
        for (let more = random(3); more > 0 || ids.length === 0; more--) ids.push(`m${step}-${more}`);
        const stayed = ids.filter((id) => shares.has(id));
        const next = assignTasks(members(ids, shares), tasks);
        assertWhole(next, tasks, label);
        const left = stayed.flatMap((id) => without(names(shares.get(id)), names(next.get(id))));
        expect(left.length, `${label}: moves`).to.equal(leastMoves(ids.map((id) => shares.get(id)?.length ?? 0), tasks.length));
        for (const id of stayed) {
          const gained = without(names(next.get(id)), names(shares.get(id)));
          const lost = without(names(shares.get(id)), names(next.get(id)));
          expect(Math.min(gained.length, lost.length), `${label}: ${id} gave tasks away and got others`).to.equal(0);
        }
        shares = next;
      }
    }
  });

  it('scales from one to three to one, and moves two thirds there and back', () => {
    const tasks = tasksOf(1, 12);
    const one = assignTasks([fresh('a')], tasks);
    const three = assignTasks(members(['a', 'b', 'c'], one), tasks);
    expect([...three.values()].map(({ length }) => length)).to.deep.equal([4, 4, 4]);
    expect(without(names(three.get('a')), names(one.get('a')))).to.be.empty;
    const back = assignTasks(members(['a'], three), tasks);
    expect(names(back.get('a'))).to.deep.equal(names(tasks));
  });

  it('gives a task that is free to the member whose state of it is most caught up, though another has less to do', () => {
    const tasks = tasksOf(1, 4);
    const [first, second, third, fourth] = tasks as [TaskId, TaskId, TaskId, TaskId];
    const shares = assignTasks([
      { memberId: 'a', epoch: 1, held: [first], warm: [{ task: third, offsetSum: 10 }] },
      { memberId: 'b', epoch: 1, held: [], warm: [] },
      { memberId: 'c', epoch: 1, held: [second], warm: [{ task: third, offsetSum: 90 }, { task: fourth, offsetSum: 0 }] },
    ], tasks);
    expect(names(shares.get('a'))).to.deep.equal(names([first]));
    expect(names(shares.get('b'))).to.deep.equal(names([fourth]), 'c is full');
    expect(names(shares.get('c'))).to.deep.equal(names([second, third]));
  });

  it('gives up first what others have warm: a restarted instance gets its own tasks back', () => {
    const tasks = tasksOf(1, 6);
    const [, , third, , fifth] = tasks as [TaskId, TaskId, TaskId, TaskId, TaskId];
    const shares = assignTasks([
      { memberId: 'b', epoch: 1, held: tasks.slice(0, 3), warm: [] },
      { memberId: 'c', epoch: 1, held: tasks.slice(3), warm: [] },
      { memberId: 'new', epoch: 0, held: [], warm: [third, fifth].map((task) => ({ task, offsetSum: 7 })) },
    ], tasks);
    expect(names(shares.get('new'))).to.deep.equal(names([third, fifth]));
  });

  it('believes the newer of two claims of one task', () => {
    const tasks = tasksOf(1, 2);
    const [first] = tasks as [TaskId, TaskId];
    const claim = (memberId: string, epoch: number): AssignableMember => ({ memberId, epoch, held: [first], warm: [] });
    expect(names(assignTasks([claim('a', 3), claim('b', 4)], tasks).get('b'))).to.deep.equal(names([first]));
    expect(names(assignTasks([claim('a', 4), claim('b', 3)], tasks).get('a'))).to.deep.equal(names([first]));
    expect(names(assignTasks([claim('b', 4), claim('a', 4)], tasks).get('a'))).to.deep.equal(names([first]), 'the first id');
  });

  it('spreads the tasks of each sub-topology over the members', () => {
    const shares = assignTasks(['a', 'b', 'c'].map(fresh), tasksOf(3, 3));
    for (const held of shares.values()) expect(new Set(held.map(({ partition }) => partition)).size + new Set(held.map(({ subtopology }) => subtopology)).size).to.be.at.least(4);
  });

  it('gives members without a task an empty share', () => {
    const shares = assignTasks(['a', 'b', 'c'].map(fresh), tasksOf(1, 1));
    expect([...shares.values()].map(({ length }) => length).sort()).to.deep.equal([0, 0, 1]);
    expect(assignTasks([], tasksOf(1, 1)).size).to.equal(0);
  });
});
