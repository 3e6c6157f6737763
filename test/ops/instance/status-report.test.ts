import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect } from 'chai';
import { askServer, onceASecond, serverProbes } from '../../../ops/instance/servers.ts';
import { reportOf } from '../../../ops/instance/status-report.ts';
import type { ServerStatus, StatusReport } from '../../../ops/instance/index.ts';
import { readConfig, type Config } from '../../../ops/config/index.ts';
import { MemoryLogDriver } from '../../../topology/index.ts';

const KNOWN = { state: 'RUNNING', processId: 1, dataDirectory: '/data', problems: [], models: [] };
const STAGES: StatusReport['stages'] = [{ stage: 'admit', inputs: [], lag: 0 }];
const COUNTS = { assets: { total: 1, byState: { COMPLETE: 1 } }, moments: 2 };
const never = <T>(): Promise<T> => new Promise(() => undefined);
const said = (name: ServerStatus['name'], state: 'up' | 'down'): [ServerStatus['name'], Promise<ServerStatus>] =>
  [name, Promise.resolve({ name, address: 'a', state, detail: '' })];

async function clusterAt(elasticsearch: string): Promise<Config> {
  const env = {
    MILLRACE_PROFILE: 'cluster', MILLRACE_KAFKA_BROKERS: '127.0.0.1:1', MILLRACE_SCHEMA_REGISTRY: 'http://127.0.0.1:1', MILLRACE_ELASTICSEARCH: elasticsearch,
    MILLRACE_S3_ENDPOINT: 'http://127.0.0.1:1', MILLRACE_S3_ACCESS_KEY: 'k', MILLRACE_S3_SECRET_KEY: 'secretsecret',
  };
  return (await readConfig({ env, findStack: async () => null })).config;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the status report', () => {
  it('has every figure while the servers answer', async () => {
    const report = await reportOf(KNOWN, new Map([said('Kafka', 'up'), said('Elasticsearch', 'up')]), { counts: async () => COUNTS, stages: async () => STAGES, deadLetters: async () => 3 });
    expect(report).to.deep.include({ ...KNOWN, ...COUNTS, stages: STAGES, deadLetters: 3 });
    expect(report.servers.map(({ name, state }) => `${name} ${state}`)).to.deep.equal(['Kafka up', 'Elasticsearch up']);
  });

  it('says unknown, and waits for nothing, where the server that knows is down', async () => {
    const report = await reportOf(KNOWN, new Map([said('Kafka', 'up'), said('Elasticsearch', 'down')]), { counts: never, stages: async () => STAGES, deadLetters: async () => 3 });
    expect(report).to.include({ assets: null, moments: null, stages: STAGES, deadLetters: 3 });
    const other = await reportOf(KNOWN, new Map([said('Kafka', 'down'), said('Elasticsearch', 'up')]), { counts: async () => COUNTS, stages: never, deadLetters: never });
    expect(other).to.include({ assets: COUNTS.assets, stages: null, deadLetters: null });
  });

  it('says unknown where a figure cannot be had for any other reason', async () => {
    const fails = async (): Promise<never> => { throw new Error('torn'); };
    const report = await reportOf(KNOWN, new Map(), { counts: fails, stages: fails, deadLetters: fails });
    expect(report).to.include({ assets: null, moments: null, stages: null, deadLetters: null });
  });

  it('a server where nobody listens is down, and so is one that takes the connection and says nothing', async () => {
    const silent = createServer(() => undefined);
    const url = await listening(silent);
    try {
      const probes = serverProbes(await clusterAt(url), new MemoryLogDriver());
      expect(probes.map(({ name }) => name)).to.deep.equal(['Kafka', 'schema registry', 'Elasticsearch', 'object store']);
      const [, registry, elasticsearch, s3] = await Promise.all(probes.map((probe) => askServer(probe, 200)));
      expect(registry).to.include({ state: 'down', address: 'http://127.0.0.1:1' });
      expect(registry?.detail).to.include('ECONNREFUSED');
      expect(elasticsearch).to.include({ state: 'down', address: url, detail: 'it did not answer within 0.2 s' });
      expect(s3).to.include({ state: 'down' });
    } finally {
      silent.close();
    }
  });

  it('one that answers is up, with its version; one that refuses is not', async () => {
    const answer = (status: string, body: string): Server => createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`));
    });
    const [good, refusing] = [answer('200 OK', '{"version":{"number":"9.4.3"}}'), answer('401 Unauthorized', '{}')];
    try {
      const stateOf = async (server: Server): Promise<string> => {
        const probe = serverProbes(await clusterAt(await listening(server)), new MemoryLogDriver()).find(({ name }) => name === 'Elasticsearch');
        if (probe === undefined) throw new Error('Elasticsearch is not asked');
        const { state, detail } = await askServer(probe);
        return `${state}: ${detail}`;
      };
      expect(await stateOf(good)).to.equal('up: version 9.4.3');
      expect(await stateOf(refusing)).to.equal('down: it answers with status 401');
    } finally {
      good.close();
      refusing.close();
    }
  });

  it('asks a server once a second at most', async () => {
    let [asked, now] = [0, 0];
    const ask = onceASecond(async () => { asked++; return (await said('Kafka', 'up')[1]); }, () => now);
    await Promise.all([ask(), ask()]);
    now = 999;
    await ask();
    expect(asked).to.equal(1);
    now = 1000;
    await ask();
    expect(asked).to.equal(2);
  });
});
