import { expect } from 'chai';
import { StreamThreads } from '../../../topology/index.ts';
import type { LogDriver } from '../../../connectors/ports/index.ts';
import type { CountingData } from '../../fixtures/topology/counting-thread.ts';
import { until } from '../../topology/support/until.ts';
import { CLIENTS, record, withKafka } from './log/support.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';

const PARTITIONS = 4;
const KEYS = Array.from({ length: 20 }, (_, index) => `key-${index}`);

async function countsIn(log: LogDriver, topic: string): Promise<Map<string, number[]>> {
  const counts = new Map<string, number[]>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const { key, value } of await log.read({ topic, partition }, 0, 10_000)) counts.set(String(key), [...counts.get(String(key)) ?? [], Number(value)]);
  }
  return counts;
}

const tasksOf = async (threads: StreamThreads): Promise<number[]> => (await threads.metrics()).map(({ tasks }) => tasks.filter(({ status }) => status === 'RUNNING').length).sort();

for (const client of CLIENTS) {
  describe(`stream threads on Kafka (${client})`, function () {
    this.timeout(120_000);

    it('share the tasks, and take them over from each other with nothing lost or repeated', () => withKafka(client, async (kit) => {
      const log = await kit.open();
      const [input, output, applicationId] = ['words', 'counts', 'threads'].map((name) => kit.name(name)) as [string, string, string];
      await log.ensureTopics([input, output].map((topic) => ({ topic, partitions: PARTITIONS })));
      const { bootstrap } = await sharedKafka();
      const data: CountingData = { applicationId, input, output, kafka: { brokers: bootstrap.split(','), driver: client, stateDirectory: kit.stateDirectory, lockTimeoutMs: 20_000, sessionTimeoutMs: 10_000, heartbeatIntervalMs: 500 } };
      const threads = new StreamThreads({ module: new URL('../../fixtures/topology/counting-thread.ts', import.meta.url), numStreamThreads: 2, data });
      let rounds = 0;
      const feed = async (): Promise<void> => {
        rounds++;
        await log.produce(KEYS.map((key) => ({ ...record(input, 'v'), partition: KEYS.indexOf(key) % PARTITIONS, key: Buffer.from(key) })));
      };
      const counted = async (): Promise<boolean> => {
        const counts = await countsIn(log, output);
        return KEYS.every((key) => (counts.get(key)?.length ?? 0) >= rounds);
      };
      try {
        await threads.start();
        await until(async () => (await tasksOf(threads)).join() === '2,2');
        await feed();
        await until(counted);
        await threads.removeStreamThread();
        await feed();
        await until(counted);
        expect(await tasksOf(threads)).to.deep.equal([4]);
        await threads.addStreamThread();
        await until(async () => (await tasksOf(threads)).join() === '2,2');
        await feed();
        await until(counted);
      } finally {
        await threads.close();
      }
      const counts = await countsIn(log, output);
      for (const key of KEYS) expect(counts.get(key), key).to.deep.equal([1, 2, 3]);
    }));
  });
}
