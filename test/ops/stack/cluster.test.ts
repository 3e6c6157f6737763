import { expect } from 'chai';
import { createServer } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { downStack, readStackAddresses, stackStatus, type ServerReport } from '../../../ops/stack/index.ts';
import { runCli, type CliResult } from '../../support/cli.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

const SERVERS = ['broker-1', 'registry', 's3', 'elasticsearch'];
const JSON_BODY = { 'content-type': 'application/json' };

async function stateFile(data: string, state: object): Promise<void> {
  const directory = path.join(data, 'stack', 'cluster');
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'state.json'), JSON.stringify(state));
}

describe('millrace stack: the cluster', function () {
  this.timeout(300_000);

  it('is Kafka, the registry, an object store and Elasticsearch; each may be killed, and is started again with its data', () => withTemporaryFolder(async (data) => {
    const name = { dataDirectory: data, kind: 'cluster' } as const;
    const cli = (...args: string[]): Promise<CliResult> => runCli(['stack', ...args], { data });
    const servers = async (): Promise<ServerReport[]> => [...(await stackStatus(name))!.servers];
    expect(await readStackAddresses(data)).to.equal(null);
    try {
      const { stdout, stderr } = await cli('up');
      const variables = Object.fromEntries(stdout.trim().split('\n').map((line) => line.split('=') as [string, string]));
      expect(Object.keys(variables), stderr).to.deep.equal([
        'MILLRACE_KAFKA_BROKERS', 'MILLRACE_SCHEMA_REGISTRY', 'MILLRACE_ELASTICSEARCH', 'MILLRACE_S3_ENDPOINT', 'MILLRACE_S3_ACCESS_KEY', 'MILLRACE_S3_SECRET_KEY',
      ]);
      const url = variables['MILLRACE_ELASTICSEARCH']!;
      expect(await readStackAddresses(data)).to.deep.equal({
        kafkaBrokers: variables['MILLRACE_KAFKA_BROKERS'], schemaRegistry: variables['MILLRACE_SCHEMA_REGISTRY'], elasticsearch: url,
        s3: { endpoint: variables['MILLRACE_S3_ENDPOINT'], accessKey: variables['MILLRACE_S3_ACCESS_KEY'], secretKey: variables['MILLRACE_S3_SECRET_KEY'] },
      });
      expect(await (await fetch(url)).json()).to.have.nested.property('version.number', '9.4.3');
      await fetch(`${url}/kept/_doc/1`, { method: 'PUT', headers: JSON_BODY, body: '{"said":"hello"}' });

      const before = await servers();
      expect(before.map((server) => [server.name, server.state])).to.deep.equal(SERVERS.map((server) => [server, 'up']));
      expect((await cli('up')).stdout).to.equal(stdout);
      expect(await servers()).to.deep.equal(before);

      for (const { pid } of before) process.kill(pid!, 'SIGKILL');
      const told = await cli('status');
      expect(told.code).to.equal(1);
      expect(told.stdout.match(/ down /g)).to.have.lengthOf(SERVERS.length);
      expect(await readStackAddresses(data)).to.not.equal(null);

      expect((await cli('up')).stdout).to.equal(stdout);
      const mended = await servers();
      expect(mended.map(({ state }) => state)).to.deep.equal(SERVERS.map(() => 'up'));
      expect(await (await fetch(`${url}/kept/_doc/1`)).json()).to.have.nested.property('_source.said', 'hello');

      process.kill(mended[2]!.pid!, 'SIGSTOP');
      expect((await servers()).map(({ state }) => state)).to.deep.equal(['up', 'up', 'silent', 'up']);
      process.kill(mended[2]!.pid!, 'SIGCONT');

      const moved = await cli('up', '--base-port', '30000');
      expect(moved.code).to.equal(2);
      expect(moved.stderr).to.match(/runs at ports from \d+ on, not 30000/);

      expect((await cli('down')).code).to.equal(0);
      expect((await servers()).map(({ state }) => state)).to.deep.equal(SERVERS.map(() => 'down'));
      expect(await readStackAddresses(data)).to.equal(null);
      expect((await cli('logs', '--lines', '3')).stdout).to.match(/==> .*elasticsearch.server\.log\n.*closed/s);
    } finally {
      await downStack(name);
    }
  }));

  it('refuses another object store than its data is of', () => withTemporaryFolder(async (data) => {
    await stateFile(data, { kind: 'cluster', brokers: 1, basePort: 20_000, s3: 'seaweedfs', processes: {} });
    const { code, stderr } = await runCli(['stack', 'up', '--s3', 'minio'], { data });
    expect(stderr).to.match(/has SeaweedFS, not MinIO \[MILL_CONFIG_INVALID\]/);
    expect(code).to.equal(2);
  }));

  it('says when somebody listens at a port that it was told to take', () => withTemporaryFolder(async (data) => {
    const taken = createServer();
    await new Promise<void>((resolve) => { taken.listen(0, '127.0.0.1', resolve); });
    try {
      const address = taken.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const { code, stderr } = await runCli(['stack', 'up', '--base-port', String(port)], { data });
      expect(stderr).to.match(/Not all ports that a stack needs from \d+ on are free \[MILL_PORT_UNAVAILABLE\]/);
      expect(code).to.equal(2);
    } finally {
      taken.close();
    }
  }));
});
