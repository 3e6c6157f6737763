/** What every log must do, whatever it is built on. Topics and groups are named by the log under test, so that it may be shared. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import type { Assignment, GroupMember, LogDriver, LogRecord, OutgoingRecord, TaskLog } from '../../connectors/ports/index.ts';

const POLL = { maxRecords: 1_000, maxBytes: 1 << 20 } as const;
/** A signal that nobody aborts. */
const never = new AbortController().signal;

const record = (topic: string, value: string | null, more: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic, partition: 0, timestampMs: 1_700_000_000_000, key: null, value: value === null ? null : Buffer.from(value), headers: {}, ...more,
});
const values = (records: readonly LogRecord[]): (string | undefined)[] => records.map(({ value }) => value?.toString());

async function readAll(log: LogDriver, topic: string, partition = 0): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (;;) {
    const next = await log.read({ topic, partition }, (records.at(-1)?.offset ?? -1) + 1, 500);
    if (next.length === 0) return records;
    records.push(...next);
  }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** A commit is done before everybody who asks for positions sees it. */
export async function positionOf(log: LogDriver, groupId: string, source: string, expected: number): Promise<number | undefined> {
  for (let tries = 0; ; tries++) {
    const position = (await log.committedPositions(groupId)).get(source);
    if (position === expected || tries === 100) return position;
    await setTimeout(50);
  }
}

interface Names {
  readonly t: string;
  readonly in: string;
  readonly out: string;
  readonly narrow: string;
  readonly g: string;
  readonly h: string;
}

const freshNames = (): Names => {
  const suffix = randomUUID().slice(0, 8);
  return { t: `t-${suffix}`, in: `in-${suffix}`, out: `out-${suffix}`, narrow: `narrow-${suffix}`, g: `g-${suffix}`, h: `h-${suffix}` };
};

interface Joined {
  readonly member: GroupMember;
  readonly told: readonly Assignment[];
  task(partition: number): Promise<TaskLog>;
}

async function join(log: LogDriver, groupId: string, topic: string): Promise<Joined> {
  const told: Assignment[] = [];
  const member = await log.join({ groupId, subtopologies: [{ name: 'work', sources: [topic] }], onAssignment: async (assignment) => { told.push(assignment); } });
  return { member, told, task: (partition) => member.openTask({ subtopology: 'work', partition }) };
}

const partitionsOf = (assignment: Assignment | undefined): number[] => (assignment?.tasks ?? []).map(({ partition }) => partition).sort((a, b) => a - b);

/** @param withLog opens a log for a test, and closes it when `use` has ended */
export function describeLogContract(name: string, withLog: (use: (log: LogDriver) => Promise<void>) => Promise<void>): void {
  const withNames = (use: (log: LogDriver, names: Names) => Promise<void>) => (): Promise<void> => withLog((log) => use(log, freshNames()));

  describe(`log contract: ${name}`, () => {
    it('brings back every field of a record', withNames(async (log, { t }) => {
      await log.ensureTopics([{ topic: t, partitions: 1 }]);
      const headers = { a: Buffer.from('1'), 'ключ': Buffer.alloc(0), __proto__x: Buffer.from([0, 255]) };
      const timestampMs = 1_700_000_000_123;
      await log.produce([
        record(t, 'value', { key: Buffer.from('key'), timestampMs, headers }),
        record(t, null, { key: Buffer.from('gone'), timestampMs: 0 }),
        record(t, '', { key: Buffer.alloc(0) }),
      ]);
      const [first, second, third] = await log.read({ topic: t, partition: 0 }, 0, 10);
      expect(first).to.deep.include({ topic: t, partition: 0, offset: 0, timestampMs, key: Buffer.from('key'), value: Buffer.from('value') });
      expect({ ...first?.headers }).to.deep.equal(headers);
      expect(second).to.deep.include({ offset: 1, timestampMs: 0, key: Buffer.from('gone'), value: null });
      expect(third).to.deep.include({ offset: 2, key: Buffer.alloc(0), value: Buffer.alloc(0) });
    }));

    it('reads from any offset, within the limits of records and bytes, and at least one record', withNames(async (log, { t, g }) => {
      await log.ensureTopics([{ topic: t, partitions: 1 }]);
      for (let at = 0; at < 900; at += 300) await log.produce(Array.from({ length: 300 }, (_, index) => record(t, `${at + index}`.padStart(400, '.'))));
      const task = await (await join(log, g, t)).task(0);
      const source = { topic: t, partition: 0 };
      for (const offset of [0, 1, 163, 299, 300, 650, 899, 20]) {
        const polled = await task.poll(source, offset, { ...POLL, maxRecords: 7, signal: never });
        expect(polled.length).to.be.within(1, Math.min(7, 900 - offset));
        expect(polled.map((each) => each.offset)).to.deep.equal(polled.map((_, index) => offset + index));
        expect(polled[0]?.value?.toString()).to.equal(String(offset).padStart(400, '.'));
      }
      expect((await task.poll(source, 10, { maxRecords: 100, maxBytes: 1_300, signal: never })).length).to.be.within(1, 3);
      expect(await task.poll(source, 10, { maxRecords: 100, maxBytes: 1, signal: never })).to.have.length(1);
      expect(await readAll(log, t)).to.have.length(900);
    }));

    it('polls every record once and in order, when each poll goes on where the last one ended', withNames(async (log, { t, g }) => {
      await log.ensureTopics([{ topic: t, partitions: 1 }]);
      for (let at = 0; at < 40; at++) await log.produce(Array.from({ length: 25 }, (_, index) => record(t, `${at * 25 + index}`)));
      const task = await (await join(log, g, t)).task(0);
      const polled: LogRecord[] = [];
      while (polled.length < 1_000) polled.push(...(await task.poll({ topic: t, partition: 0 }, polled.length, { ...POLL, maxRecords: 33, signal: never })));
      expect(values(polled)).to.deep.equal(Array.from({ length: 1_000 }, (_, index) => String(index)));
    }));

    it('waits for the next record of the partition', withNames(async (log, { t, g }) => {
      await log.ensureTopics([{ topic: t, partitions: 2 }]);
      const task = await (await join(log, g, t)).task(0);
      const waiting = task.poll({ topic: t, partition: 0 }, 0, { ...POLL, signal: never });
      await log.produce([record(t, 'other', { partition: 1 })]);
      await log.produce([record(t, 'here')]);
      expect(values(await waiting)).to.deep.equal(['here']);
    }));

    it('ends a wait with no records when its signal is aborted or the task is closed', withNames(async (log, { t, g }) => {
      await log.ensureTopics([{ topic: t, partitions: 1 }]);
      const task = await (await join(log, g, t)).task(0);
      const source = { topic: t, partition: 0 };
      const abort = new AbortController();
      const first = task.poll(source, 0, { ...POLL, signal: abort.signal });
      const second = task.poll(source, 0, { ...POLL, signal: never });
      abort.abort();
      expect(await first).to.deep.equal([]);
      expect(await task.poll(source, 0, { ...POLL, signal: abort.signal })).to.deep.equal([]);
      await task.close();
      expect(await second).to.deep.equal([]);
      expect(await codeOf(task.poll(source, 0, { ...POLL, signal: never }))).to.equal('MILL_CLOSED');
      expect(await codeOf(task.commit({ outputs: [], positions: new Map(), state: [] }))).to.equal('MILL_CLOSED');
    }));

    it('commits outputs, positions and state together', withNames(async (log, names) => {
      await log.ensureTopics([{ topic: names.in, partitions: 1 }, { topic: names.out, partitions: 1 }]);
      await log.produce([record(names.in, 'a'), record(names.in, 'b')]);
      const group = await join(log, names.g, names.in);
      const task = await group.task(0);
      expect([...task.committed]).to.deep.equal([[`${names.in}/0`, 0]]);
      await task.commit({ outputs: [record(names.out, 'A')], positions: new Map([[`${names.in}/0`, 1]]), state: [{ type: 'put', key: Buffer.from('s\0dk'), value: Buffer.from('v') }] });
      expect(values(await readAll(log, names.out))).to.deep.equal(['A']);
      expect((await task.state.getMany([Buffer.from('s\0dk')]))[0]?.toString()).to.equal('v');
      expect(await positionOf(log, names.g, `${names.in}/0`, 1)).to.equal(1);
      await task.close();
      const again = await group.task(0);
      expect([...again.committed]).to.deep.equal([[`${names.in}/0`, 1]]);
      expect((await again.state.getMany([Buffer.from('s\0dk')]))[0]?.toString()).to.equal('v');
    }));

    it('stands at the end when all was committed, whatever commits themselves left in the log', withNames(async (log, names) => {
      await log.ensureTopics([{ topic: names.in, partitions: 1 }, { topic: names.out, partitions: 1 }]);
      await log.produce([record(names.in, 'a')]);
      const first = await (await join(log, names.g, names.in)).task(0);
      await first.commit({ outputs: [record(names.out, 'A')], positions: new Map([[`${names.in}/0`, 1]]), state: [] });
      const second = await (await join(log, names.h, names.out)).task(0);
      const [read] = await second.poll({ topic: names.out, partition: 0 }, 0, { ...POLL, signal: never });
      await second.commit({ outputs: [], positions: new Map([[`${names.out}/0`, (read?.offset ?? 0) + 1]]), state: [] });
      for (const [group, topic] of [[names.g, names.in], [names.h, names.out]] as const) {
        const [end = 0] = await log.endOffsets(topic);
        expect(await positionOf(log, group, `${topic}/0`, end)).to.equal(end);
      }
    }));

    it('gives each task and group its own state and positions', withNames(async (log, names) => {
      await log.ensureTopics([{ topic: names.in, partitions: 2 }]);
      await log.produce([0, 1].flatMap((partition) => Array.from({ length: 20 }, (_, index) => record(names.in, String(index), { partition }))));
      const [g, h] = [await join(log, names.g, names.in), await join(log, names.h, names.in)];
      const tasks = [await g.task(0), await g.task(1), await h.task(0)];
      for (const [index, task] of tasks.entries()) {
        await task.commit({ outputs: [], positions: new Map([[`${names.in}/${index % 2}`, 10 + index]]), state: [{ type: 'put', key: Buffer.from('k'), value: Buffer.from(String(index)) }] });
      }
      for (const [index, task] of tasks.entries()) {
        const entries: string[] = [];
        for await (const [key, value] of task.state.iterate({ gte: Buffer.alloc(0), lt: Buffer.from('z') })) entries.push(`${key.toString()}=${value.toString()}`);
        expect(entries).to.deep.equal([`k=${index}`]);
      }
      for (const [group, partition, position] of [[names.g, 0, 10], [names.g, 1, 11], [names.h, 0, 12], [names.h, 1, 0]] as const) {
        expect(await positionOf(log, group, `${names.in}/${partition}`, position)).to.equal(position);
      }
    }));

    it('keeps the order of each task\'s outputs when many tasks write to one partition at once', withNames(async (log, names) => {
      await log.ensureTopics([{ topic: names.in, partitions: 4 }, { topic: names.out, partitions: 1 }]);
      const group = await join(log, names.g, names.in);
      const tasks = await Promise.all([0, 1, 2, 3].map((partition) => group.task(partition)));
      await Promise.all(tasks.map(async (task, partition) => {
        for (let epoch = 0; epoch < 5; epoch++) {
          await task.commit({ outputs: [record(names.out, `${partition}:${epoch}:a`), record(names.out, `${partition}:${epoch}:b`)], positions: new Map(), state: [] });
        }
      }));
      const written = values(await readAll(log, names.out));
      expect(written).to.have.length(40);
      for (let partition = 0; partition < 4; partition++) {
        expect(written.filter((value) => value?.startsWith(`${partition}:`))).to.deep.equal(Array.from({ length: 5 }, (_, epoch) => [`${partition}:${epoch}:a`, `${partition}:${epoch}:b`]).flat());
      }
    }));

    it('partitions by key as Kafka does, and spreads what has no key', withNames(async (log, { t }) => {
      await log.ensureTopics([{ topic: t, partitions: 3 }]);
      await log.produce(['a', 'b', 'c', 'd', 'e', 'f'].map((key): OutgoingRecord => ({ topic: t, timestampMs: 1, key: Buffer.from(key), value: Buffer.from(key), headers: {} })));
      // murmur2 modulo 3.
      expect(await Promise.all([0, 1, 2].map(async (partition) => values(await readAll(log, t, partition))))).to.deep.equal([['f'], ['a', 'c'], ['b', 'd', 'e']]);
      for (let index = 0; index < 3; index++) await log.produce([{ topic: t, timestampMs: 1, key: null, value: Buffer.from('none'), headers: {} }]);
      expect(await Promise.all([0, 1, 2].map(async (partition) => values(await readAll(log, t, partition)).filter((value) => value === 'none').length))).to.deep.equal([1, 1, 1]);
    }));

    it('fences the former owner of a task: its commit and its polls are refused', withNames(async (log, names) => {
      await log.ensureTopics([{ topic: names.in, partitions: 1 }, { topic: names.out, partitions: 1 }]);
      await log.produce(Array.from({ length: 9 }, (_, index) => record(names.in, String(index))));
      const group = await join(log, names.g, names.in);
      const former = await group.task(0);
      const waiting = codeOf(former.poll({ topic: names.in, partition: 0 }, 9, { ...POLL, signal: never }));
      await former.commit({ outputs: [record(names.out, 'kept')], positions: new Map([[`${names.in}/0`, 5]]), state: [] });
      const current = await group.task(0);
      expect(await waiting).to.equal('MILL_FENCED');
      expect(await codeOf(former.commit({ outputs: [record(names.out, 'zombie')], positions: new Map([[`${names.in}/0`, 9]]), state: [] }))).to.equal('MILL_FENCED');
      expect(values(await readAll(log, names.out))).to.deep.equal(['kept']);
      expect(current.committed.get(`${names.in}/0`)).to.equal(5);
    }));

    it('refuses bad topics and records before anything is stored', withNames(async (log, { t }) => {
      await log.ensureTopics([{ topic: t, partitions: 2 }]);
      expect(await codeOf(log.ensureTopics([{ topic: t, partitions: 3 }]))).to.equal('MILL_TOPIC_MISMATCH');
      expect(await codeOf(log.ensureTopics([{ topic: '../t', partitions: 1 }]))).to.equal('MILL_CONFIG_INVALID');
      expect(await codeOf(log.ensureTopics([{ topic: `${t}-zero`, partitions: 0 }]))).to.equal('MILL_CONFIG_INVALID');
      expect(await log.partitionCount(t)).to.equal(2);
      expect(await log.partitionCount(`${t}-zero`)).to.equal(undefined);
      expect(await codeOf(log.produce([record(t, 'good'), record(`${t}-unknown`, 'x')]))).to.equal('MILL_TOPIC_MISMATCH');
      expect(await codeOf(log.produce([record(t, 'good'), record(t, 'x', { partition: 2 })]))).to.equal('MILL_TOPIC_MISMATCH');
      for (const bad of [{ timestampMs: -1 }, { headers: { a: undefined } as never }, { key: 'text' as never }, { value: new Uint8Array(1) as never }]) {
        // One that shares its turn with a good one spoils nothing of it.
        const shared = log.produce([record(t, 'shared', { partition: 1 })]);
        expect(await codeOf(log.produce([record(t, 'good'), record(t, 'x', bad)]))).to.equal('MILL_SERIALIZATION');
        await shared;
      }
      expect(await log.endOffsets(t)).to.deep.equal([0, 4]);
    }));

    it('deletes records below an offset, and tells where the topic starts', withNames(async (log, { t }) => {
      await log.ensureTopics([{ topic: t, partitions: 2 }]);
      await log.produce(Array.from({ length: 10 }, (_, index) => record(t, String(index), { partition: 1 })));
      await log.deleteRecords(t, new Map([[1, 4]]));
      expect(await log.startOffsets(t)).to.deep.equal([0, 4]);
      expect(await log.endOffsets(t)).to.deep.equal([0, 10]);
      expect((await log.read({ topic: t, partition: 1 }, 0, 100)).map(({ offset }) => offset)).to.deep.equal([4, 5, 6, 7, 8, 9]);
      await log.deleteRecords(t, new Map([[0, 1], [1, 99]]));
      expect(await log.startOffsets(t)).to.deep.equal([0, 10]);
      expect(await codeOf(log.deleteRecords(t, new Map([[2, 1]])))).to.equal('MILL_TOPIC_MISMATCH');
    }));

    it('gives one member every task, and says so', withNames(async (log, names) => {
      await log.ensureTopics([{ topic: names.in, partitions: 4 }]);
      const { told, member } = await join(log, names.g, names.in);
      expect(told.map(partitionsOf)).to.deep.equal([[0, 1, 2, 3]]);
      expect(told[0]?.lost).to.deep.equal([]);
      expect((await member.owners()).map(({ task }) => task.partition).sort()).to.deep.equal([0, 1, 2, 3]);
    }));

    it('fences what a member leaves open', withNames(async (log, names) => {
      await log.ensureTopics([{ topic: names.in, partitions: 2 }]);
      const group = await join(log, names.g, names.in);
      const task = await group.task(1);
      await group.member.leave();
      expect(await codeOf(task.commit({ outputs: [], positions: new Map(), state: [] }))).to.equal('MILL_FENCED');
    }));

    it('refuses what no group can read', withNames(async (log, names) => {
      await log.ensureTopics([{ topic: names.in, partitions: 4 }, { topic: names.narrow, partitions: 2 }]);
      const tryJoin = (subtopologies: { name: string; sources: string[] }[]): Promise<GroupMember> => log.join({ groupId: names.g, subtopologies, onAssignment: async () => undefined });
      expect(await codeOf(tryJoin([{ name: 'a', sources: [names.in, names.narrow] }]))).to.equal('MILL_TOPIC_MISMATCH');
      expect(await codeOf(tryJoin([{ name: 'a', sources: [`${names.in}-missing`] }]))).to.equal('MILL_TOPIC_MISMATCH');
      expect(await codeOf(tryJoin([{ name: 'a', sources: [names.in] }, { name: 'b', sources: [names.in] }]))).to.equal('MILL_TOPOLOGY_INVALID');
      const member = await tryJoin([{ name: 'a', sources: [names.in] }]);
      expect(await codeOf(member.openTask({ subtopology: 'b', partition: 0 }))).to.equal('MILL_TOPOLOGY_INVALID');
      expect(await codeOf(member.openTask({ subtopology: 'a', partition: 4 }))).to.equal('MILL_TOPIC_MISMATCH');
    }));

    it('takes no more calls after it was closed', withNames(async (log, { t, g }) => {
      await log.ensureTopics([{ topic: t, partitions: 1 }]);
      await log.close();
      expect(await codeOf(log.produce([record(t, 'x')]))).to.equal('MILL_CLOSED');
      expect(await codeOf(join(log, g, t))).to.equal('MILL_CLOSED');
      await log.close();
    }));
  });
}
