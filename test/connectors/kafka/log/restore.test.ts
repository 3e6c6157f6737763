import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { LogDriver, RestoreProgress, TaskLog, WriteOp } from '../../../../connectors/ports/index.ts';
import { CLIENTS, codeOf, errorOf, joinGroup, readAll, record, warningsDuring, withKafka } from './support.ts';
import type { ClientName, JoinedGroup, Kit } from './support.ts';

const put = (store: string, key: string, value: string | Buffer): WriteOp => ({ type: 'put', key: Buffer.from(`${store}\0d${key}`), value: Buffer.from(value) });
const del = (store: string, key: string): WriteOp => ({ type: 'del', key: Buffer.from(`${store}\0d${key}`) });
const commitState = (task: TaskLog, state: readonly WriteOp[]): Promise<void> => task.commit({ outputs: [], positions: new Map(), state });

async function contents(task: TaskLog): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const [key, value] of task.state.iterate({ gte: Buffer.of(0), lt: Buffer.of(0xff) })) found[key.toString().replace('\0d', '/')] = value.toString();
  return found;
}

/** One task with a compacted store `counts` and an expiring one, `marks`. */
class Bench {
  readonly kit: Kit;
  readonly input: string;
  readonly group: string;
  readonly countsLog: string;
  readonly marksLog: string;
  readonly folder: string;
  readonly progress: RestoreProgress[] = [];

  constructor(kit: Kit) {
    this.kit = kit;
    this.input = kit.name('in');
    this.group = kit.name('group');
    this.countsLog = kit.name('counts-changelog');
    this.marksLog = kit.name('marks-changelog');
    this.folder = path.join(kit.stateDirectory, this.group, 'work_0');
  }

  async createTopics(log: LogDriver): Promise<void> {
    await log.ensureTopics([
      { topic: this.input, partitions: 1 },
      { topic: this.countsLog, partitions: 1, cleanupPolicy: 'compact' },
      { topic: this.marksLog, partitions: 1, cleanupPolicy: 'delete', retentionMs: 3_600_000 },
    ]);
  }

  join(log: LogDriver, guarantee: 'exactly_once' | 'at_least_once' = 'exactly_once'): Promise<JoinedGroup> {
    return joinGroup(log, this.group, {
      sources: [this.input],
      changelogs: [{ store: 'counts', topic: this.countsLog, format: 'keyed' }, { store: 'marks', topic: this.marksLog, format: 'batched' }],
    }, { guarantee });
  }

  open(group: JoinedGroup, signal?: AbortSignal): Promise<TaskLog> {
    this.progress.length = 0;
    return group.member.openTask({ subtopology: 'work', partition: 0 }, { onRestore: (progress) => this.progress.push(progress), ...(signal === undefined ? {} : { signal }) });
  }

  last(store: string): RestoreProgress | undefined {
    return this.progress.filter((progress) => progress.store === store).at(-1);
  }
}

const withBench = (client: ClientName, use: (bench: Bench, log: LogDriver) => Promise<void>) => (): Promise<void> => withKafka(client, async (kit) => {
  const bench = new Bench(kit);
  const log = await kit.open();
  await bench.createTopics(log);
  await use(bench, log);
});

for (const client of CLIENTS) {
  describe(`restore from changelogs by ${client}`, () => {
    for (const guarantee of ['exactly_once', 'at_least_once'] as const) {
      it(`rebuilds a state folder that was deleted, ${guarantee}`, withBench(client, async (bench, log) => {
        const group = await bench.join(log, guarantee);
        const first = await bench.open(group);
        await commitState(first, [put('counts', 'a', '1'), put('counts', 'b', '1'), put('marks', 'm', 'x'), put('marks', 'n', 'x')]);
        await commitState(first, [put('counts', 'a', '2'), del('counts', 'b'), del('marks', 'n'), put('unlogged', 'u', 'x')]);
        await first.close();
        await rm(bench.folder, { recursive: true });
        const second = await bench.open(group);
        expect(await contents(second)).to.deep.equal({ 'counts/a': '2', 'marks/m': 'x' });
        for (const [store, records] of [['counts', 4], ['marks', 2]] as const) {
          const reports = bench.progress.filter((progress) => progress.store === store);
          expect(reports[0]).to.deep.include({ startOffset: 0, offset: 0, restoredRecords: 0 });
          expect(reports.at(-1)).to.deep.include({ startOffset: 0, restoredRecords: records });
          expect(reports.at(-1)?.offset).to.equal(reports.at(-1)?.endOffset);
          expect(reports.map(({ offset }) => offset)).to.deep.equal(reports.map(({ offset }) => offset).sort((a, b) => a - b));
        }
      }));

      it(`reads nothing again after a clean end, ${guarantee}`, withBench(client, async (bench, log) => {
        const group = await bench.join(log, guarantee);
        const first = await bench.open(group);
        for (let commit = 0; commit < 5; commit++) await commitState(first, [put('counts', 'a', String(commit)), put('marks', String(commit), 'x')]);
        await first.close();
        const second = await bench.open(group);
        expect(bench.last('counts')?.restoredRecords).to.equal(0);
        expect(bench.last('counts')?.startOffset).to.be.greaterThan(4);
        expect(Object.keys(await contents(second))).to.have.length(6);
      }));

      it(`reads only the tail when a crash has kept state behind its changelog, ${guarantee}`, withBench(client, async (bench, log) => {
        const group = await bench.join(log, guarantee);
        const first = await bench.open(group);
        await commitState(first, [put('counts', 'a', '1'), put('counts', 'b', '1'), put('marks', 'm', 'x')]);
        await first.close();
        await cp(bench.folder, `${bench.folder}-before`, { recursive: true });
        const second = await bench.open(group);
        await commitState(second, [put('counts', 'a', '2'), put('marks', 'n', 'x')]);
        await second.close();
        // As a kill between the commit in Kafka and the write of the folder leaves it.
        await rm(bench.folder, { recursive: true });
        await cp(`${bench.folder}-before`, bench.folder, { recursive: true });
        const third = await bench.open(group);
        expect(await contents(third)).to.deep.equal({ 'counts/a': '2', 'counts/b': '1', 'marks/m': 'x', 'marks/n': 'x' });
        expect(bench.last('counts')?.restoredRecords).to.equal(1);
        expect(bench.last('marks')?.restoredRecords).to.equal(1);
      }));
    }

    it('leaves state as it was when a commit does not come to pass', withBench(client, async (bench, log) => {
      const group = await bench.join(log);
      const first = await bench.open(group);
      await commitState(first, [put('counts', 'a', '1')]);
      const tooLarge = first.commit({ outputs: [record(bench.input, 'x'.repeat(2 << 20))], positions: new Map([[`${bench.input}/0`, 7]]), state: [put('counts', 'a', '2')] });
      expect(await codeOf(tooLarge)).to.equal('MILL_RECORD_TOO_LARGE');
      expect(await codeOf(commitState(first, []))).to.equal('MILL_RECORD_TOO_LARGE');
      await first.close();
      await rm(bench.folder, { recursive: true });
      const second = await bench.open(group);
      expect(await contents(second)).to.deep.equal({ 'counts/a': '1' });
      expect(second.committed.get(`${bench.input}/0`)).to.equal(0);
    }));

    it('goes on from where an aborted restore came to', withBench(client, async (bench, log) => {
      const group = await bench.join(log);
      const first = await bench.open(group);
      const value = Buffer.alloc(1_000, 'v');
      for (let commit = 0; commit < 4; commit++) await commitState(first, Array.from({ length: 1_500 }, (_, index) => put('counts', String(commit * 1_500 + index), value)));
      await first.close();
      await rm(bench.folder, { recursive: true });
      const abort = new AbortController();
      const aborted = group.member.openTask({ subtopology: 'work', partition: 0 }, { signal: abort.signal, onRestore: ({ restoredRecords }) => { if (restoredRecords > 0) abort.abort(); } });
      expect(await codeOf(aborted)).to.equal('MILL_CLOSED');
      const second = await bench.open(group);
      const restored = bench.last('counts');
      expect(restored?.startOffset).to.be.greaterThan(0);
      expect(restored?.restoredRecords).to.be.within(1, 5_999);
      expect(Object.keys(await contents(second))).to.have.length(6_000);
    }));

    it('starts from nothing, with a warning, where the changelog was made anew', withBench(client, async (bench, log) => {
      const group = await bench.join(log);
      const first = await bench.open(group);
      for (let commit = 0; commit < 5; commit++) await commitState(first, [put('counts', String(commit), 'old')]);
      await first.close();
      const admin = await bench.kit.client();
      await admin.deleteTopics([bench.countsLog]);
      await bench.createTopics(log);
      let second: TaskLog | undefined;
      const warnings = await warningsDuring(async () => { second = await bench.open(group); });
      expect(warnings.join()).to.include(bench.countsLog);
      expect(await contents(second as TaskLog)).to.deep.equal({});
    }));

    it('starts from nothing where compaction may have removed a deletion since the checkpoint', () => withKafka(client, async (kit) => {
      const bench = new Bench(kit);
      const admin = await kit.client();
      await admin.createTopics([{
        topic: bench.countsLog, partitions: 1,
        configs: { 'cleanup.policy': 'compact', 'delete.retention.ms': '0', 'min.cleanable.dirty.ratio': '0.01', 'segment.ms': '100', 'max.compaction.lag.ms': '100' },
      }]);
      const log = await kit.open();
      await bench.createTopics(log);
      const group = await bench.join(log);
      const first = await bench.open(group);
      await commitState(first, [put('counts', 'gone', '1'), put('counts', 'kept', '1')]);
      await first.close();
      await cp(bench.folder, `${bench.folder}-before`, { recursive: true });
      const second = await bench.open(group);
      await commitState(second, [del('counts', 'gone')]);
      // Segments roll when something comes, and only those before the newest are compacted.
      const tombstones = async (): Promise<number> => (await readAll(log, bench.countsLog)).filter(({ value }) => value === null).length;
      for (let commit = 0; await tombstones() > 0; commit++) await commitState(second, [put('counts', 'kept', String(commit))]);
      await commitState(second, [put('counts', 'kept', 'last')]);
      await second.close();
      await rm(bench.folder, { recursive: true });
      await cp(`${bench.folder}-before`, bench.folder, { recursive: true });
      let third: TaskLog | undefined;
      const warnings = await warningsDuring(async () => { third = await bench.open(group); });
      expect(await contents(third as TaskLog)).to.deep.equal({ 'counts/kept': 'last' });
      expect(warnings.join()).to.include('delete.retention.ms');
    })).timeout(60_000);

    it('starts from nothing where the changelog no longer reaches back to the checkpoint', withBench(client, async (bench, log) => {
      const group = await bench.join(log);
      const first = await bench.open(group);
      await commitState(first, [put('marks', 'old', 'x')]);
      await first.close();
      await cp(bench.folder, `${bench.folder}-before`, { recursive: true });
      const second = await bench.open(group);
      await commitState(second, [del('marks', 'old')]);
      await commitState(second, [put('marks', 'new', 'x')]);
      await second.close();
      const [end = 0] = await log.endOffsets(bench.marksLog);
      await log.deleteRecords(bench.marksLog, new Map([[0, end - 2]]));
      await rm(bench.folder, { recursive: true });
      await cp(`${bench.folder}-before`, bench.folder, { recursive: true });
      expect(await contents(await bench.open(group))).to.deep.equal({ 'marks/new': 'x' });
    }));

    for (const [damage, spoil] of [
      ['is damaged', (folder: string) => writeFile(path.join(folder, 'CURRENT'), 'MANIFEST-nonsense\n')],
      ['another RocksDB wrote', async (folder: string) => {
        const marker = path.join(folder, 'MILLRACE_STATE.json');
        await writeFile(marker, (await readFile(marker, 'utf8')).replace(/"binding":"[^"]*"/, '"binding":"another"'));
      }],
    ] as const) {
      it(`restores, with a warning, a folder that ${damage}`, withBench(client, async (bench, log) => {
        const group = await bench.join(log);
        const first = await bench.open(group);
        await commitState(first, [put('counts', 'a', '1')]);
        await first.close();
        await spoil(bench.folder);
        let second: TaskLog | undefined;
        const warnings = await warningsDuring(async () => { second = await bench.open(group); });
        expect(warnings.join()).to.include(bench.folder);
        expect(await contents(second as TaskLog)).to.deep.equal({ 'counts/a': '1' });
      }));
    }

    it('refuses a changelog that another program has written to', withBench(client, async (bench, log) => {
      await log.produce([record(bench.countsLog, 'x', { key: Buffer.from('not ours') })]);
      const error = await errorOf(bench.open(await bench.join(log)));
      expect(error?.code).to.equal('MILL_STATE_CORRUPT');
      expect(error?.message).to.include('counts');
    }));
  });
}
