import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { downStack, stackStatus, type ServerReport, type StackReport } from '../../../ops/stack/index.ts';
import { runCli, type CliResult } from '../../support/cli.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

describe('millrace stack', function () {
  this.timeout(120_000);

  it('starts servers that stay, tells which of them run, mends what was killed, and stops them; data stays', () => withTemporaryFolder(async (data) => {
    const name = { dataDirectory: data, kind: 'kafka' } as const;
    const cli = (...args: string[]): Promise<CliResult> => runCli(['stack', ...args], { data });
    const servers = async (): Promise<ServerReport[]> => [...(await stackStatus(name))!.servers];
    try {
      // At the same time: the second waits, and finds them running.
      const [one, other] = await Promise.all([cli('up', 'kafka'), cli('up', 'kafka')]);
      expect([one.code, other.code], one.stderr + other.stderr).to.deep.equal([0, 0]);
      expect(other.stdout).to.equal(one.stdout);
      const [, bootstrap = '', registry = ''] = /^MILLRACE_KAFKA_BROKERS=(\S+)\nMILLRACE_SCHEMA_REGISTRY=(\S+)\n$/.exec(one.stdout) ?? [];
      const admin = new Kafka({ clientId: 'test', brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: 'kept' }] });
      await admin.disconnect();
      const headers = { 'content-type': 'application/json' };
      await fetch(`${registry}/subjects/kept/versions`, { method: 'POST', headers, body: JSON.stringify({ schema: '"string"' }) });
      await fetch(`${registry}/config`, { method: 'PUT', headers, body: JSON.stringify({ compatibility: 'FULL' }) });
      const before = await servers();
      expect(before.map(({ name, state }) => [name, state])).to.deep.equal([['broker-1', 'up'], ['registry', 'up']]);

      process.kill(before[0]!.pid!, 'SIGKILL');
      const told = await cli('status', '--json');
      expect((JSON.parse(told.stdout) as StackReport).servers.map(({ state }) => state)).to.deep.equal(['down', 'up']);
      expect(told.code).to.equal(1);

      expect((await cli('up', 'kafka')).stdout).to.equal(one.stdout);
      const mended = await servers();
      expect(mended.map(({ state }) => state)).to.deep.equal(['up', 'up']);
      expect(mended[0]!.pid).to.not.equal(before[0]!.pid);
      expect(mended[1]!.pid).to.equal(before[1]!.pid);

      expect((await cli('down')).code).to.equal(0);
      expect((await servers()).map(({ state }) => state)).to.deep.equal(['down', 'down']);
      expect((await cli('logs')).stdout).to.match(/==> .*broker-1.server\.log\n[\s\S]*==> .*registry.server\.log\n/);

      expect((await cli('up', 'kafka')).stdout).to.equal(one.stdout);
      await admin.connect();
      expect(await admin.listTopics()).to.deep.equal(['kept']);
      await admin.disconnect();
      expect(await (await fetch(`${registry}/subjects`)).json()).to.deep.equal(['kept']);
      expect(await (await fetch(`${registry}/config`)).json()).to.deep.equal({ compatibilityLevel: 'FULL' });
    } finally {
      await downStack(name);
    }
  }));

  it('refuses another number of brokers than the data has', () => withTemporaryFolder(async (data) => {
    const directory = path.join(data, 'stack', 'kafka');
    await mkdir(directory, { recursive: true });
    await writeFile(path.join(directory, 'state.json'), JSON.stringify({ brokers: 1, basePort: 20_000, processes: {} }));
    const { code, stderr } = await runCli(['stack', 'up', 'kafka', '--brokers', '3'], { data });
    expect(stderr).to.match(/has 1 broker, not 3 \[MILL_CONFIG_INVALID\]\n {2}Stop it, and remove/);
    expect(code).to.equal(2);
  }));

  it('never touches a process that only has the number of a server of old', () => withTemporaryFolder(async (dataDirectory) => {
    const name = { dataDirectory, kind: 'kafka' } as const;
    const directory = path.join(dataDirectory, 'stack', 'kafka');
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      await mkdir(directory, { recursive: true });
      const processes = { 'broker-1': { pid: stranger.pid, started: '1' }, 'registry': { pid: stranger.pid, started: '2' } };
      await writeFile(path.join(directory, 'state.json'), JSON.stringify({ brokers: 1, basePort: 20_000, processes }));
      expect((await stackStatus(name))?.servers.map(({ state, pid }) => [state, pid])).to.deep.equal([['down', null], ['down', null]]);
      await downStack(name);
      expect(stranger.kill(0)).to.equal(true);
    } finally {
      stranger.kill('SIGKILL');
    }
  }));

  const mistakes: readonly (readonly [title: string, args: string[], code: number, says: RegExp])[] = [
    ['an unknown stack', ['up', 'pulsar'], 2, /There is no stack "pulsar"; there is: cluster, kafka/],
    ['a number of brokers that is no cluster', ['up', 'kafka', '--brokers', '2'], 2, /--brokers takes 1 or 3, not 2/],
    ['an unknown object store', ['up', '--s3', 'ceph'], 2, /--s3 takes seaweedfs or minio, not ceph/],
    ['an object store of a stack without one', ['up', 'kafka', '--s3', 'minio'], 2, /The stack "kafka" has no object store/],
    ['a port that is none', ['up', '--base-port', '80'], 2, /--base-port takes 1024 to 65000, not 80/],
    ['status of nothing', ['status'], 1, /no stack was started in this data directory/],
    ['down of nothing', ['down'], 0, /no stack was started in this data directory/],
  ];
  for (const [title, args, code, says] of mistakes) {
    it(`${title}: exit code ${code}, and it says so`, () => withTemporaryFolder(async (data) => {
      const result = await runCli(['stack', ...args], { data });
      expect(result.stderr).to.match(says);
      expect(result.code).to.equal(code);
    }));
  }
});
