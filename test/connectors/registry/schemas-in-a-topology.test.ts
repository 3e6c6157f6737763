import { expect } from 'chai';
import { openConfluentRegistry } from '../../../connectors/registry/index.ts';
import type { AvroSchemaJson, SchemaRegistry, Serde } from '../../../connectors/ports/index.ts';
import { openAvroSerde } from '../../../schemas/index.ts';
import { Streams, StreamsBuilder, stringSerde } from '../../../topology/index.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';
import { drivers } from '../../topology/support/drivers.ts';
import { readAll, readValues } from '../../topology/support/log.ts';
import { until } from '../../topology/support/until.ts';
import { errorOf, field, subjectFor, uniqueRecord } from '../schema-registry-contract.ts';
import { withRegistryProxy, type RegistryProxy } from './support/registry-proxy.ts';

interface Thing {
  readonly a: string;
  readonly b?: string;
}

const quick = { attempts: 2, backoffMs: 1 };

before('starts the registry', async function () {
  this.timeout(180_000);
  await sharedKafka();
});

for (const { name, open } of drivers) {
  describe(`Schemas of a running topology, on the ${name} log`, () => {
    interface Setting {
      readonly older: AvroSchemaJson;
      readonly newer: AvroSchemaJson;
      /** Another process, which the proxy does not stand before. */
      readonly elsewhere: SchemaRegistry;
      readonly proxy: RegistryProxy;
      readonly streams: Streams;
      readonly write: (...values: Buffer[]) => Promise<void>;
      readonly outputs: () => Promise<string[]>;
      readonly deadLetters: () => Promise<{ readonly code: string | undefined; readonly value: Buffer | null }[]>;
    }

    /** Reads with the older schema, through the proxy, and writes what it has read. */
    async function run(use: (setting: Setting) => Promise<void>): Promise<void> {
      const { registryUrl } = await sharedKafka();
      await withRegistryProxy(registryUrl, async (proxy) => {
        const record = uniqueRecord();
        const [older, newer] = [record(field('a')), record(field('a'), field('b', { default: '' }))];
        const serde = await openAvroSerde<Thing>(openConfluentRegistry({ url: proxy.url, retry: quick }), { schema: older });
        const driver = await open();
        await driver.ensureTopics(['in', 'out'].map((topic) => ({ topic, partitions: 1 })));
        const builder = new StreamsBuilder();
        builder.stream('in', { key: stringSerde, value: serde }).mapValues((thing) => Object.entries(thing).join()).to('out', { key: stringSerde, value: stringSerde });
        const streams = new Streams(builder.build(), { applicationId: 'app', driver, reopenBackoffMs: 1, maxReopenBackoffMs: 20 });
        await streams.start();
        await use({
          older, newer, proxy, streams,
          elsewhere: openConfluentRegistry({ url: registryUrl }),
          write: (...values) => driver.produce(values.map((value) => ({ topic: 'in', key: Buffer.from('k'), value, timestampMs: 1, headers: {} }))),
          outputs: () => readValues(driver, 'out', stringSerde),
          deadLetters: async () => (await readAll(driver, 'app-dead-letters')).map(({ headers, value }) => ({ code: headers['__streams.errors.code']?.toString(), value })),
        });
        await streams.close();
        await driver.close();
      });
    }

    const withId = (bytes: Buffer, id: number): Buffer => {
      const changed = Buffer.from(bytes);
      changed.writeInt32BE(id, 1);
      return changed;
    };

    it('may be newer than the process: each is fetched once, and its records are read', async () => {
      await run(async ({ older, newer, elsewhere, proxy, streams, write, outputs, deadLetters }) => {
        const [old, evolved]: Serde<Thing>[] = [await openAvroSerde<Thing>(elsewhere, { schema: older }), await openAvroSerde<Thing>(elsewhere, { schema: newer })];
        const bytes = evolved?.serialize({ a: '2', b: 'x' }) ?? Buffer.alloc(0);
        proxy.requests.length = 0;
        await write(old?.serialize({ a: '1' }) ?? Buffer.alloc(0), ...Array.from({ length: 1000 }, () => bytes));
        await streams.whenIdle();
        expect(await outputs()).to.deep.equal(['a,1', ...Array.from({ length: 1000 }, () => 'a,2')]);
        expect(await deadLetters()).to.deep.equal([]);
        expect(proxy.requests).to.deep.equal([`GET /schemas/ids/${bytes.readInt32BE(1)}`]);
      });
    });

    it('that nobody knows, or that do not fit, make dead letters of their records and of no others', async () => {
      await run(async ({ older, elsewhere, proxy, streams, write, outputs, deadLetters }) => {
        const serde = await openAvroSerde<Thing>(elsewhere, { schema: older });
        const foreign = await openAvroSerde<Thing>(elsewhere, { schema: uniqueRecord()(field('a')) });
        const good = serde.serialize({ a: '1' });
        const unknown = [2_147_483_647, 2_147_483_646, -5].map((id) => withId(good, id));
        const unreadable = [foreign.serialize({ a: 'x' }), good.subarray(0, 6), Buffer.from('{"a":1}')];
        proxy.requests.length = 0;
        for (let round = 0; round < 2; round++) {
          await write(good, ...unknown, good, ...unreadable, good);
          await streams.whenIdle();
        }
        expect(await outputs()).to.deep.equal(Array(6).fill('a,1'));
        const letters = [...unknown.map((value) => ({ code: 'MILL_SCHEMA_UNKNOWN', value })), ...unreadable.map((value) => ({ code: 'MILL_DESERIALIZATION', value }))];
        expect(await deadLetters()).to.deep.equal([...letters, ...letters]);
        expect(proxy.requests).to.have.lengthOf(3);
        expect(streams.metrics().tasks[0]?.restarts).to.equal(0);
      });
    });

    it('wait for a registry that is down: what it would have said is not guessed', async () => {
      await run(async ({ older, newer, elsewhere, proxy, streams, write, outputs, deadLetters }) => {
        const [old, evolved] = [await openAvroSerde<Thing>(elsewhere, { schema: older }), await openAvroSerde<Thing>(elsewhere, { schema: newer })];
        await proxy.stop();
        await write(old.serialize({ a: 'known' }));
        await streams.whenIdle();
        await write(evolved.serialize({ a: 'new' }), withId(old.serialize({ a: 'x' }), 2_147_483_647), old.serialize({ a: 'last' }));
        await until(() => (streams.metrics().tasks[0]?.restarts ?? 0) >= 3);
        expect(await outputs()).to.deep.equal(['a,known']);
        expect([await deadLetters(), streams.state]).to.deep.equal([[], 'RUNNING']);
        await proxy.start();
        await streams.whenIdle();
        expect(await outputs()).to.deep.equal(['a,known', 'a,new', 'a,last']);
        expect((await deadLetters()).map(({ code }) => code)).to.deep.equal(['MILL_SCHEMA_UNKNOWN']);
      });
    });
  });
}

describe('At start-up', () => {
  it('a schema that cannot read what is written is refused, and none of it registered', async () => {
    const { registryUrl } = await sharedKafka();
    const registry = openConfluentRegistry({ url: registryUrl });
    const record = uniqueRecord();
    await openAvroSerde(registry, { schema: record(field('a')) });
    const refusal = await errorOf(openAvroSerde(registry, { schema: record(field('b')) }));
    expect([refusal.code, refusal.kind]).to.deep.equal(['MILL_SCHEMA_INCOMPATIBLE', 'config']);
    expect(refusal.message).to.include(subjectFor(record()));
    expect(await registry.versions(subjectFor(record()))).to.have.lengthOf(1);
  });

  it('a registry that is down is waited for, and named when it stays down', async () => {
    const { registryUrl } = await sharedKafka();
    await withRegistryProxy(registryUrl, async (proxy) => {
      await proxy.stop();
      const schema = uniqueRecord()(field('a'));
      const refusal = await errorOf(openAvroSerde(openConfluentRegistry({ url: proxy.url, retry: quick }), { schema }));
      expect(`${refusal.code} ${refusal.message}`).to.match(/^MILL_REGISTRY_UNAVAILABLE .*ECONNREFUSED/).and.to.include(proxy.url);
      const opening = openAvroSerde<Thing>(openConfluentRegistry({ url: proxy.url, retry: { attempts: 1000, backoffMs: 5, maxBackoffMs: 5 } }), { schema });
      await proxy.start();
      expect({ ...(await opening).deserialize((await opening).serialize({ a: 'x' })) }).to.deep.equal({ a: 'x' });
    });
  });
});
