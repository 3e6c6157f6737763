import { expect } from 'chai';
import { partitionForKey } from '../../connectors/ports/index.ts';
import type { GroupMember, GroupOptions } from '../../connectors/ports/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, jsonSerde, stringSerde, windowStore } from '../../topology/index.ts';
import type { StreamsOptions, Topology, WindowStore } from '../../topology/index.ts';
import { drivers } from './support/drivers.ts';
import { CallGate } from './support/gate.ts';
import { writeValues } from './support/log.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };
const PARTITIONS = 3;
const KEYS = Array.from({ length: 20 }, (_, index) => `k${String(index).padStart(2, '0')}`);
const homeOf = (key: string): number => partitionForKey(Buffer.from(key), PARTITIONS);

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).groupByKey().count({ name: 'counts', ...counts }).toStream().to('out', counts);
  return builder.build();
}

const topics = ['in', 'out'].map((topic) => ({ topic, partitions: PARTITIONS }));
const codeOf = (result: Promise<unknown>): Promise<unknown> => result.then(() => 'none', (error: unknown) => (error as { code?: string }).code);
const collect = async <T>(entries: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
};

for (const { name, open } of drivers) {
  describe(`Interactive queries on the ${name} log`, () => {
    it('read every key, ranges and all, in the order of keys over the partitions', async () => {
      const driver = await open();
      await driver.ensureTopics(topics);
      const streams = new Streams(counting(), { applicationId: 'app', driver });
      await streams.start();
      await writeValues(driver, 'in', KEYS.map((key) => [key, 'x'] as const), stringSerde);
      await streams.whenIdle();
      const store = streams.store<string, number>('counts');
      expect(await store.getMany([...KEYS, 'none'])).to.deep.equal([...KEYS.map(() => 1), undefined]);
      expect(new Set(KEYS.map(homeOf)).size).to.equal(PARTITIONS);
      expect((await collect(store.all())).map(([key]) => key)).to.deep.equal(KEYS);
      expect((await collect(store.all({ reverse: true, limit: 3 }))).map(([key]) => key)).to.deep.equal(KEYS.slice(-3).reverse());
      expect((await collect(store.range('k03', 'k07'))).map(([key]) => key)).to.deep.equal(['k03', 'k04', 'k05', 'k06']);
      expect((await collect(store.range('k18', undefined, { limit: 1 })))).to.deep.equal([['k18', 1]]);
      const first = streams.store<string, number>('counts', { partition: 0 });
      expect((await collect(first.all())).map(([key]) => key)).to.deep.equal(KEYS.filter((key) => homeOf(key) === 0));
      await streams.close();
      expect(await codeOf(store.get('k00'))).to.equal('MILL_STORE_UNAVAILABLE');
      await driver.close();
    });

    it('see what is committed, and no more', async () => {
      const driver = await open();
      await driver.ensureTopics(topics);
      const gate = new CallGate();
      const builder = new StreamsBuilder();
      builder.stream('in', text).groupByKey().count({ name: 'counts', ...counts }).toStream()
        .mapValues(String).enrich(gate.call, { name: 'call' }).to('out', text);
      const streams = new Streams(builder.build(), { applicationId: 'app', driver });
      await streams.start();
      await writeValues(driver, 'in', [['k', 'x']], stringSerde);
      await gate.of('1');
      const store = streams.store<string, number>('counts');
      expect([await store.get('k'), await collect(store.all())]).to.deep.equal([undefined, []]);
      await gate.finish('1');
      await streams.whenIdle();
      expect([await store.get('k'), await collect(store.all())]).to.deep.equal([1, [['k', 1]]]);
      await streams.close();
      await driver.close();
    });

    it('name the instance that has a key, and the tasks and stores of each', async () => {
      const driver = await open();
      await driver.ensureTopics(topics);
      const start = async (applicationServer: string): Promise<Streams> => {
        const streams = new Streams(counting(), { applicationId: 'app', driver, applicationServer });
        await streams.start();
        return streams;
      };
      const [a, b] = [await start('a:1'), await start('b:2')];
      await writeValues(driver, 'in', KEYS.map((key) => [key, 'x'] as const), stringSerde);
      await Promise.all([a.whenIdle(), b.whenIdle()]);
      const own = (streams: Streams): number[] => streams.metrics().tasks.map(({ task }) => task.partition);
      for (const key of KEYS) {
        const partition = homeOf(key);
        const atA = own(a).includes(partition);
        expect(await a.queryMetadataForKey('counts', key)).to.deep.equal({ endpoint: atA ? 'a:1' : 'b:2', partition, local: atA });
        expect(await (atA ? a : b).store<string, number>('counts').get(key)).to.equal(1);
        expect(await codeOf((atA ? b : a).store<string, number>('counts').get(key))).to.equal('MILL_STORE_UNAVAILABLE');
      }
      const metadata = await b.allMetadata();
      expect(new Map(metadata.map(({ endpoint, tasks, stores }) => [endpoint, { tasks: tasks.map(({ partition }) => partition).sort(), stores }])))
        .to.deep.equal(new Map([['a:1', { tasks: own(a).sort(), stores: ['counts'] }], ['b:2', { tasks: own(b).sort(), stores: ['counts'] }]]));
      await Promise.all([a.close(), b.close()]);
      await driver.close();
    });
  });
}

describe('Interactive queries', () => {
  const run = async (topology: Topology, options: Partial<StreamsOptions> = {}): Promise<{ driver: MemoryLogDriver; streams: Streams }> => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(topics);
    const streams = new Streams(topology, { applicationId: 'app', driver, ...options });
    await streams.start();
    return { driver, streams };
  };

  it('refuse stores that there are not, and of another kind', async () => {
    const { streams } = await run(counting());
    expect(() => streams.store('none')).to.throw(/There is no store none; there are: counts/);
    expect(() => streams.windowStore('counts')).to.throw(/is a key-value store/);
    await streams.close();
  });

  it('are unavailable as a whole while tasks are being opened; a retained task answers', async () => {
    /** Opens a task a second time only when it is told to. */
    class SlowDriver extends MemoryLogDriver {
      opened = 0;
      release: () => void = () => undefined;
      readonly #released = new Promise<void>((resolve) => { this.release = resolve; });
      override async join(options: GroupOptions): Promise<GroupMember> {
        const member = await super.join(options);
        return {
          ...member,
          openTask: async (task, openOptions) => {
            if (++this.opened > PARTITIONS + 1) await this.#released;
            return member.openTask(task, openOptions);
          },
        };
      }
    }
    const driver = new SlowDriver();
    await driver.ensureTopics(topics);
    const [first, second] = [1, 2].map(() => new Streams(counting(), { applicationId: 'app', driver })) as [Streams, Streams];
    await first.start();
    await writeValues(driver, 'in', KEYS.map((key) => [key, 'x'] as const), stringSerde);
    await first.whenIdle();
    await second.start();
    const closed = second.close();
    await until(() => first.state === 'REBALANCING');
    const store = first.store<string, number>('counts');
    expect(await codeOf((async () => collect(store.all()))())).to.equal('MILL_STORE_UNAVAILABLE');
    const answers = await Promise.all(KEYS.map((key) => codeOf(store.get(key))));
    expect(answers).to.deep.equal(KEYS.map((key) => (homeOf(key) === 1 ? 'MILL_STORE_UNAVAILABLE' : 'none')));
    driver.release();
    await closed;
    await until(() => first.state === 'RUNNING');
    expect(await collect(store.all())).to.have.length(KEYS.length);
    await first.close();
  });

  it('read window stores by key and by time', async () => {
    const builder = new StreamsBuilder();
    builder.addStateStore(windowStore({ name: 'windows', ...text, retentionMs: 1000 }));
    builder.stream('in', text).process<string, string>(() => ({
      process({ key, value, timestampMs }, context) { context.store<WindowStore<string, string>>('windows').put(key, value, timestampMs); },
    }), { name: 'keep', stores: ['windows'] });
    const { driver, streams } = await run(builder.build());
    await writeValues(driver, 'in', [['a', 'a0'], ['b', 'b1'], ['a', 'a2']], stringSerde);
    await streams.whenIdle();
    const store = streams.windowStore<string, string>('windows');
    expect([await store.fetch('a', 2), await store.fetch('a', 1)]).to.deep.equal(['a2', undefined]);
    expect(await collect(store.fetchRange('a', 0, 10))).to.deep.equal([[0, 'a0'], [2, 'a2']]);
    await writeValues(driver, 'in', [['x', 'x0'], ['x', 'x1'], ['x', 'x2'], ['a', 'a3']], stringSerde);
    await streams.whenIdle();
    expect(await collect(store.fetchRange('a', 1, 10))).to.deep.equal([[2, 'a2'], [3, 'a3']]);
    expect((await collect(store.fetchAll(0, 10))).map(([, , value]) => value).sort()).to.deep.equal(['a0', 'a2', 'a3', 'b1', 'x0', 'x1', 'x2']);
    await streams.close();
  });
});
