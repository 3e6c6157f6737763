import { expect } from 'chai';
import type { LogDriver, Serde } from '../../../connectors/ports/index.ts';
import { serveQueries } from '../../../ops/queries/index.ts';
import type { QueryServer } from '../../../ops/queries/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, bytesSerde, jsonSerde, stringSerde } from '../../../topology/index.ts';
import type { Topology } from '../../../topology/index.ts';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

const text = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };

interface Point { readonly x: number }

function topologyOf(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', { ...text, name: 'words' }).groupByKey().count({ name: 'counts', ...counts });
  return builder.build();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

interface Node { readonly streams: Streams; readonly server: QueryServer; readonly url: string }

async function open(driver: LogDriver, topology: Topology): Promise<Node> {
  const port = await freePort();
  const streams = new Streams(topology, { applicationId: 'app', driver, applicationServer: `127.0.0.1:${port}` });
  await streams.start();
  return { streams, server: await serveQueries({ streams, topology, port }), url: `http://127.0.0.1:${port}` };
}

async function close(...nodes: readonly Node[]): Promise<void> {
  for (const { streams, server } of nodes) {
    await server.close();
    await streams.close();
  }
}

async function words(driver: MemoryLogDriver, keys: readonly string[]): Promise<void> {
  await driver.produce(keys.map((key) => ({ topic: 'in', key: Buffer.from(key), value: Buffer.from('x'), timestampMs: 0, headers: {} })));
}

const lines = (body: string): unknown[] => body.split('\n').filter((line) => line !== '').map((line): unknown => JSON.parse(line));

describe('Interactive queries over HTTP', () => {
  const KEYS = Array.from({ length: 12 }, (_, index) => `k${index + 10}`);

  it('answer for one key, for ranges and for all, as JSON', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics([{ topic: 'in', partitions: 2 }]);
    const node = await open(driver, topologyOf());
    await words(driver, [...KEYS, 'k10', '12']);
    await node.streams.whenIdle();
    const json = async (path: string): Promise<[number, unknown]> => {
      const response = await fetch(node.url + path);
      return [response.status, await response.json()];
    };
    expect(await json('/stores')).to.deep.equal([200, [{ name: 'counts', kind: 'keyValue', subtopology: 'words', partitions: [0, 1] }]]);
    expect(await json('/stores/counts/get?key=k10')).to.deep.equal([200, { key: 'k10', value: 2 }]);
    expect(await json('/stores/counts/get?key=%22k11%22')).to.deep.equal([200, { key: 'k11', value: 1 }]);
    expect(await json('/stores/counts/get?key=12')).to.deep.equal([200, { key: '12', value: 1 }]);
    expect(await json('/stores/counts/get?key=none')).to.deep.equal([404, { key: 'none', value: null }]);
    const all = await fetch(`${node.url}/stores/counts/all`);
    expect(all.headers.get('content-type')).to.equal('application/x-ndjson');
    expect(lines(await all.text())).to.deep.equal([{ key: '12', value: 1 }, { key: 'k10', value: 2 }, ...KEYS.slice(1).map((key) => ({ key, value: 1 }))]);
    const range = await fetch(`${node.url}/stores/counts/range?from=k12&to=k20&limit=2`);
    expect(lines(await range.text())).to.deep.equal([{ key: 'k12', value: 1 }, { key: 'k13', value: 1 }]);
    await close(node);
  });

  it('send whoever asks to the instance that has the key', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics([{ topic: 'in', partitions: 2 }]);
    const topology = topologyOf();
    const nodes = [await open(driver, topology), await open(driver, topology)] as const;
    await words(driver, KEYS);
    await Promise.all(nodes.map(({ streams }) => streams.whenIdle()));
    let redirected = 0;
    for (const key of KEYS) {
      const response = await fetch(`${nodes[0].url}/stores/counts/get?key=${key}`, { redirect: 'manual' });
      if (response.status === 307) {
        redirected++;
        expect(response.headers.get('location')).to.equal(`${nodes[1].url}/stores/counts/get?key=${key}`);
      }
      expect(await (await fetch(`${nodes[0].url}/stores/counts/get?key=${key}`)).json()).to.deep.equal({ key, value: 1 });
    }
    expect(redirected).to.be.within(1, KEYS.length - 1);
    await close(...nodes);
  });

  it('say what is wrong with a request, and when a store cannot be read', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics([{ topic: 'in', partitions: 1 }]);
    const node = await open(driver, topologyOf());
    const statusAndCode = async (path: string, init?: RequestInit): Promise<string> => {
      const response = await fetch(node.url + path, init);
      const { code } = await response.json() as { code: string };
      return `${response.status} ${code}`;
    };
    expect(await statusAndCode('/stores/none/get?key=a')).to.equal('404 MILL_TOPOLOGY_INVALID');
    expect(await statusAndCode('/elsewhere')).to.equal('404 MILL_TOPOLOGY_INVALID');
    expect(await statusAndCode('/stores/counts/get')).to.equal('400 MILL_CONFIG_INVALID');
    expect(await statusAndCode('/stores/counts/all?limit=0')).to.equal('400 MILL_CONFIG_INVALID');
    expect(await statusAndCode('/stores/counts/all', { method: 'POST' })).to.equal('405 MILL_CONFIG_INVALID');
    await node.streams.close();
    expect(await statusAndCode('/stores/counts/get?key=a')).to.equal('503 MILL_STORE_UNAVAILABLE');
    expect(await statusAndCode('/stores/counts/all')).to.equal('503 MILL_STORE_UNAVAILABLE');
    await close(node);
  });

  it('take keys that are objects or bytes, and show bytes as base64', async () => {
    const point: Serde<Point> = jsonSerde<Point>();
    const driver = new MemoryLogDriver();
    await driver.ensureTopics([{ topic: 'points', partitions: 2 }, { topic: 'raw', partitions: 2 }]);
    const builder = new StreamsBuilder();
    builder.stream('points', { key: point, value: stringSerde }).groupByKey().count({ name: 'by-point', key: point, value: jsonSerde<number>() });
    builder.stream('raw', { key: bytesSerde, value: bytesSerde }).groupByKey()
      .aggregate<{ last: Buffer; seen: bigint }>(() => ({ last: Buffer.alloc(0), seen: 0n }), (_key, value, { seen }) => ({ last: value, seen: seen + 1n }), {
        name: 'by-bytes', key: bytesSerde,
        value: { name: 'last', serialize: ({ last, seen }) => Buffer.concat([Buffer.of(Number(seen)), last]), deserialize: (bytes) => ({ seen: BigInt(bytes[0] ?? 0), last: bytes.subarray(1) }) },
      });
    const node = await open(driver, builder.build());
    await driver.produce([
      { topic: 'points', key: Buffer.from('{"x":1}'), value: Buffer.from('a'), timestampMs: 0, headers: {} },
      { topic: 'raw', key: Buffer.of(0xff, 0xfe), value: Buffer.of(1, 2), timestampMs: 0, headers: {} },
    ]);
    await node.streams.whenIdle();
    const get = async (path: string): Promise<unknown> => (await fetch(`${node.url}/stores/${path}`)).json();
    expect(await get(`by-point/get?key=${encodeURIComponent('{"x":1}')}`)).to.deep.equal({ key: { x: 1 }, value: 1 });
    expect(await get('by-bytes/get?key=%2F%2F4%3D')).to.deep.equal({ key: '//4=', value: { last: 'AQI=', seen: '1' } });
    await close(node);
  });
});

