import { expect } from 'chai';
import { Streams, StreamsBuilder, jsonSerde, stringSerde } from '../../../../topology/index.ts';
import { CLIENTS, readAll, withKafka } from './support.ts';

const text = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };
const KEYS = 20;
const RECORDS = 600;

for (const client of CLIENTS) {
  for (const processingGuarantee of ['exactly_once', 'at_least_once'] as const) {
    describe(`a topology on Kafka by ${client}, ${processingGuarantee}`, () => {
      it('goes on after each stop, with its state, through a repartition topic', () => withKafka(client, async (kit) => {
        const [input, output, applicationId] = [kit.name('in'), kit.name('out'), kit.name('app')] as [string, string, string];
        const builder = new StreamsBuilder();
        builder.stream(input, text)
          .deduplicate({ name: 'once', by: (value) => value, ttlMs: 86_400_000 })
          .flatMap((value) => [{ key: `key-${Number(value) % KEYS}`, value }])
          .groupByKey({ name: 'by-key', ...text })
          .count({ name: 'counts', ...counts })
          .toStream()
          .to(output, counts);
        const topology = builder.build();
        const log = await kit.open();
        await log.ensureTopics([{ topic: input, partitions: 3 }, { topic: output, partitions: 2 }]);
        for (let run = 0; run < 3; run++) {
          // Each run's producer sends again what the run before had sent.
          const upTo = (RECORDS / 3) * (run + 1);
          await log.produce(Array.from({ length: upTo }, (_, index) => ({ topic: input, key: Buffer.from(String(index % 7)), value: Buffer.from(String(index)), timestampMs: Date.now(), headers: {} })));
          const driver = await kit.open();
          const streams = new Streams(topology, { applicationId, driver, processingGuarantee });
          await streams.start();
          await streams.whenIdle();
          await streams.closeDirty();
          await driver.close();
        }
        const latest = new Map<string, number>();
        for (const partition of [0, 1]) {
          for (const { key, value } of await readAll(log, output, partition)) {
            if (key !== null && value !== null) latest.set(key.toString(), counts.value.deserialize(value));
          }
        }
        expect(Object.fromEntries(latest)).to.deep.equal(Object.fromEntries(Array.from({ length: KEYS }, (_, index) => [`key-${index}`, RECORDS / KEYS])));
      }));
    });
  }
}
