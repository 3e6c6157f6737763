import { expect } from 'chai';
import { Streams, StreamsBuilder, bytesSerde, retryRecordOf, stringSerde } from '../../../../topology/index.ts';
import { CLIENTS, readAll, record, withKafka } from './support.ts';

for (const client of CLIENTS) {
  describe(`dead letters on Kafka by ${client}`, () => {
    it('hold a record of any size that its topic takes, whole, and give it back', () => withKafka(client, async (kit) => {
      const [input, applicationId] = [kit.name('in'), kit.name('app')] as [string, string];
      const builder = new StreamsBuilder();
      builder.stream(input, { key: stringSerde, value: bytesSerde }).peek(() => { throw new Error('refused'.repeat(500)); }, { name: 'refuse' });
      const log = await kit.open();
      await log.ensureTopics([{ topic: input, partitions: 1 }]);
      const key = Buffer.from('key');
      const value = Buffer.alloc((log.maxRecordBytes(input) ?? 0) - key.length, 7);
      await log.produce([{ ...record(input, null), key, value }]);
      const streams = new Streams(builder.build(), { applicationId, driver: log });
      await streams.start();
      await streams.whenIdle();
      await streams.close();
      const [letter] = await readAll(log, `${applicationId}-dead-letters`);
      expect(letter?.value?.equals(value)).to.equal(true);
      expect(letter?.headers['__streams.errors.message']?.toString()).to.match(/^refused/);
      const again = letter === undefined ? undefined : retryRecordOf(letter);
      expect(again).to.include({ topic: input, partition: 0 });
      await log.produce(again === undefined ? [] : [again]);
      expect(await log.endOffsets(input)).to.deep.equal([2]);
    }));
  });
}
