import { expect } from 'chai';
import { CLIENTS, POLL, codeOf, errorOf, joinGroup, never, record, withKafka } from './support.ts';

for (const client of CLIENTS) {
  describe(`topics by ${client}`, () => {
    it('are created as they are asked for, and taken as they are when they fit', () => withKafka(client, async (kit) => {
      const log = await kit.open({ replicationFactor: 1 });
      const topic = kit.name('t');
      const spec = { topic, partitions: 2, cleanupPolicy: 'compact,delete', retentionMs: 3_600_000 } as const;
      await log.ensureTopics([spec]);
      await log.ensureTopics([spec, { topic, partitions: 2 }, { ...spec, retentionMs: 60_000 }]);
      const admin = await kit.client();
      expect(await admin.topicConfigs(topic, ['cleanup.policy', 'retention.ms'])).to.deep.equal({ 'cleanup.policy': 'compact,delete', 'retention.ms': '3600000' });
      const kept = kit.name('kept');
      await log.ensureTopics([{ topic: kept, partitions: 1 }]);
      expect(await admin.topicConfigs(kept, ['cleanup.policy', 'retention.ms'])).to.deep.equal({ 'cleanup.policy': 'delete', 'retention.ms': '-1' });
    }));

    it('are refused when they would remove what is to be kept', () => withKafka(client, async (kit) => {
      const log = await kit.open();
      const topic = kit.name('t');
      await log.ensureTopics([{ topic, partitions: 1, cleanupPolicy: 'delete', retentionMs: 60_000 }]);
      for (const [wanted, named] of [
        [{ cleanupPolicy: 'compact' }, 'cleanup.policy=delete'], [{ cleanupPolicy: 'compact,delete' }, 'cleanup.policy=delete'], [{ retentionMs: 60_001 }, 'retention.ms=60000'],
      ] as const) {
        const error = await errorOf(log.ensureTopics([{ topic, partitions: 1, ...wanted }]));
        expect(error?.code).to.equal('MILL_TOPIC_MISMATCH');
        expect(error?.message).to.include(topic).and.include(named);
      }
    }));

    it('can be created by many instances at once', () => withKafka(client, async (kit) => {
      const topics = Array.from({ length: 5 }, (_, index) => ({ topic: kit.name(`t${index}`), partitions: 2 }));
      const logs = await Promise.all([kit.open(), kit.open(), kit.open()]);
      await Promise.all(logs.map((log) => log.ensureTopics(topics)));
      expect(await Promise.all(topics.map(({ topic }) => logs[0].partitionCount(topic)))).to.deep.equal([2, 2, 2, 2, 2]);
    }));

    it('are named with their counts when what is read together, or its changelog, differs', () => withKafka(client, async (kit) => {
      const log = await kit.open();
      const [left, right, changelog] = [kit.name('left'), kit.name('right'), kit.name('changelog')] as [string, string, string];
      await log.ensureTopics([{ topic: left, partitions: 2 }, { topic: right, partitions: 3 }, { topic: changelog, partitions: 1, cleanupPolicy: 'compact' }]);
      const sources = await errorOf(joinGroup(log, kit.name('g'), { sources: [left, right] }));
      expect(sources?.code).to.equal('MILL_TOPIC_MISMATCH');
      expect(sources?.message).to.include(`${left} has 2`).and.include(`${right} has 3`);
      const logged = await errorOf(joinGroup(log, kit.name('g'), { sources: [left], changelogs: [{ store: 's', topic: changelog, format: 'keyed' }] }));
      expect(logged?.code).to.equal('MILL_TOPIC_MISMATCH');
      expect(logged?.message).to.include(`${changelog} has 1`);
    }));

    it('take records up to the size that they say, and nothing of a commit with a larger one is sent', () => withKafka(client, async (kit) => {
      const log = await kit.open();
      const topic = kit.name('t');
      await log.ensureTopics([{ topic, partitions: 1 }]);
      const most = log.maxRecordBytes(topic) ?? 0;
      await log.produce([record(topic, null, { value: Buffer.alloc(most) })]);
      await log.produce(Array.from({ length: 3 }, () => record(topic, null, { value: Buffer.alloc(most) })));
      expect(await codeOf(log.produce([record(topic, 'small'), record(topic, null, { value: Buffer.alloc(most + 1) })]))).to.equal('MILL_RECORD_TOO_LARGE');
      expect(await log.endOffsets(topic)).to.deep.equal([4]);
    }));

    it('that are deleted while they are read end the tasks that read them', () => withKafka(client, async (kit) => {
      const log = await kit.open({ metadataMaxAgeMs: 100 });
      const [input, changelog] = [kit.name('in'), kit.name('changelog')];
      await log.ensureTopics([{ topic: input, partitions: 1 }, { topic: changelog, partitions: 1, cleanupPolicy: 'compact' }]);
      const group = await joinGroup(log, kit.name('group'), { sources: [input], changelogs: [{ store: 's', topic: changelog, format: 'keyed' }] });
      const task = await group.openTask();
      const polled = errorOf(task.poll({ topic: input, partition: 0 }, 0, { ...POLL, signal: never }));
      await (await kit.client()).deleteTopics([input]);
      expect(await polled).to.include({ code: 'MILL_TOPIC_MISMATCH' }).and.have.property('message').that.includes(`${input} was deleted`);
      expect(await codeOf(task.commit({ outputs: [], positions: new Map(), state: [] }))).to.equal('MILL_TOPIC_MISMATCH');
      await task.close();
      expect(await codeOf(group.openTask())).to.equal('MILL_TOPIC_MISMATCH');
    }));
  });
}
