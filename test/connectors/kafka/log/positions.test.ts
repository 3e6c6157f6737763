import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import type { LogDriver } from '../../../../connectors/ports/index.ts';
import { sharedKafka } from '../../../support/kafka-stack.ts';
import { until } from '../../../topology/support/until.ts';
import { positionOf } from '../../log-contract.ts';
import { CLIENTS, POLL, codeOf, errorOf, joinGroup, never, pollValues, record, warningsDuring, withKafka } from './support.ts';
import type { ClientName, Kit } from './support.ts';

interface Names {
  readonly input: string;
  readonly group: string;
}

/** Ten records, of which a group has committed the first two and retention has removed the first five. */
const withLostRecords = (client: ClientName, use: (kit: Kit, names: Names) => Promise<void>) => (): Promise<void> => withKafka(client, async (kit) => {
  const names = { input: kit.name('in'), group: kit.name('group') };
  const log = await kit.open();
  await log.ensureTopics([{ topic: names.input, partitions: 1 }]);
  await log.produce(Array.from({ length: 10 }, (_, index) => record(names.input, String(index))));
  const group = await joinGroup(log, names.group, { sources: [names.input] });
  const task = await group.openTask();
  await task.commit({ outputs: [], positions: new Map([[`${names.input}/0`, 2]]), state: [] });
  await log.deleteRecords(names.input, new Map([[0, 5]]));
  await log.close();
  await use(kit, names);
});

/** A transaction of some other application, aborted when `use` has ended. */
async function withOpenTransaction(topic: string, use: () => Promise<void>): Promise<void> {
  const { bootstrap } = await sharedKafka();
  const producer = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).producer({ transactionalId: `other-${topic}`, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  try {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'open' }] });
    await use();
    await transaction.abort();
  } finally {
    await producer.disconnect();
  }
}

const open = async (log: LogDriver, { input, group }: Names) => (await joinGroup(log, group, { sources: [input] })).openTask();

for (const client of CLIENTS) {
  describe(`positions by ${client}`, () => {
    it('names what is lost when retention has removed the committed offset', withLostRecords(client, async (kit, names) => {
      const error = await errorOf(open(await kit.open(), names));
      expect(error?.code).to.equal('MILL_OFFSET_OUT_OF_RANGE');
      expect(error?.message).to.include(`Offsets 2 to 4 of topic ${names.input}, partition 0`);
    }));

    for (const [reset, offset, next] of [['earliest', 5, ['5', '6']], ['latest', 10, []]] as const) {
      it(`goes on at the ${reset} offset, with a warning, where autoOffsetReset says so`, withLostRecords(client, async (kit, names) => {
        const log = await kit.open({ autoOffsetReset: reset });
        const warnings = await warningsDuring(async () => {
          const task = await open(log, names);
          expect(task.committed.get(`${names.input}/0`)).to.equal(offset);
          if (next.length > 0) expect((await pollValues(task, { topic: names.input, partition: 0 }, offset, 2)).slice(0, 2)).to.deep.equal(next);
        });
        expect(warnings.join()).to.include('Offsets 2 to 4');
      }));
    }

    it('names what is lost to a task that retention overtakes while it runs, or goes on', withLostRecords(client, async (kit, names) => {
      const source = { topic: names.input, partition: 0 };
      const reset = await open(await kit.open({ autoOffsetReset: 'earliest' }), names);
      await warningsDuring(async () => { expect((await reset.poll(source, 3, { ...POLL, signal: never }))[0]?.offset).to.equal(5); });
      await reset.commit({ outputs: [], positions: new Map([[`${names.input}/0`, 6]]), state: [] });
      await reset.close();
      const strict = await open(await kit.open({ stateDirectory: `${kit.stateDirectory}/other` }), { ...names, group: `${names.group}-2` });
      const error = await errorOf(strict.poll(source, 1, { ...POLL, signal: never }));
      expect(error?.code).to.equal('MILL_OFFSET_OUT_OF_RANGE');
      expect(error?.message).to.include('Offsets 1 to 4');
      expect((await strict.poll(source, 5, { ...POLL, signal: never }))[0]?.offset).to.equal(5);
    }));

    it('tells a topic that ends before the committed offset from one that was cut at its start', withLostRecords(client, async (kit, names) => {
      const former = await kit.open({ autoOffsetReset: 'latest' });
      await warningsDuring(async () => {
        const task = await open(former, names);
        await task.commit({ outputs: [], positions: new Map([[`${names.input}/0`, 12]]), state: [] });
      });
      await former.close();
      const error = await errorOf(open(await kit.open(), names));
      expect(error?.code).to.equal('MILL_OFFSET_OUT_OF_RANGE');
      expect(error?.message).to.include('offsets 10 to 11 are lost');
    }));

    it('counts a transaction that is still open as not processed, and its markers as nothing', () => withKafka(client, async (kit) => {
      const [input, output, upstream, downstream] = [kit.name('in'), kit.name('out'), kit.name('up'), kit.name('down')] as [string, string, string, string];
      const log = await kit.open();
      await log.ensureTopics([{ topic: input, partitions: 1 }, { topic: output, partitions: 1 }]);
      const writer = await (await joinGroup(log, upstream, { sources: [input] })).openTask();
      for (let commit = 0; commit < 3; commit++) await writer.commit({ outputs: [record(output, String(commit))], positions: new Map(), state: [] });
      const reader = await (await joinGroup(log, downstream, { sources: [output] })).openTask();
      expect(await positionOf(log, downstream, `${output}/0`, 0)).to.equal(0);
      expect(await pollValues(reader, { topic: output, partition: 0 }, 0, 3)).to.deep.equal(['0', '1', '2']);
      await reader.commit({ outputs: [], positions: new Map([[`${output}/0`, 5]]), state: [] });
      const [end = 0] = await log.endOffsets(output);
      expect(end).to.equal(6);
      expect(await positionOf(log, downstream, `${output}/0`, end)).to.equal(end);
      await log.produce([record(output, 'more')]);
      expect(await positionOf(log, downstream, `${output}/0`, end)).to.equal(end);
      expect(await log.endOffsets(output)).to.deep.equal([end + 1]);
      expect(await pollValues(reader, { topic: output, partition: 0 }, 5, 1)).to.deep.equal(['more']);
      await reader.commit({ outputs: [], positions: new Map([[`${output}/0`, end + 1]]), state: [] });
      await withOpenTransaction(output, async () => {
        expect(await log.endOffsets(output)).to.deep.equal([end + 2]);
        expect(await positionOf(log, downstream, `${output}/0`, end + 1)).to.equal(end + 1);
      });
      // Aborted: nobody will ever read it.
      await until(async () => (await log.committedPositions(downstream)).get(`${output}/0`) === end + 3);
      expect(await log.endOffsets(output)).to.deep.equal([end + 3]);
    }));

    it('tells another process what a group has committed', withLostRecords(client, async (kit, names) => {
      const log = await kit.open();
      await log.partitionCount(names.input);
      expect(await positionOf(log, names.group, `${names.input}/0`, 2)).to.equal(2);
      expect([...(await log.committedPositions(names.group)).keys()]).to.deep.equal([`${names.input}/0`]);
      expect(await codeOf(log.endOffsets(kit.name('missing')))).to.equal('MILL_TOPIC_MISMATCH');
    }));
  });
}
