import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { openS3Client } from '../../../connectors/minio/index.ts';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { projectFile } from '../../../ops/paths.ts';
import { startElasticsearch, startS3 } from '../../../ops/stack/index.ts';
import { identify, isAlive } from '../../../ops/system/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { withElasticsearch, withS3 } from '../../support/servers.ts';

const failureOf = (started: Promise<unknown>): Promise<unknown> => started.then(() => undefined, (error: unknown) => error);

describe('an Elasticsearch of a test\'s own', function () {
  this.timeout(600_000);

  it('keeps what it acknowledged when it is killed, and when it is stopped, and stands still when it is paused', () => withElasticsearch({}, async (server) => {
    const document = `${server.url}/kept/_doc/1`;
    await fetch(document, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"said":"hello"}' });
    const { pid } = server;
    for (const end of ['kill', 'stop'] as const) {
      await server[end]();
      expect(() => server.pid).to.throw(MillraceError, /elasticsearch does not run/);
      await server.start();
      expect(await (await fetch(document)).json()).to.have.nested.property('_source.said', 'hello');
    }
    expect(server.pid).to.not.equal(pid);
    server.pause();
    const answer = fetch(document);
    expect(await Promise.race([answer, sleep(500)])).to.equal(undefined);
    server.resume();
    expect((await answer).ok).to.equal(true);
  }));

  it('takes settings, here when to refuse writes for want of disk', () => withElasticsearch({
    settings: { 'cluster.routing.allocation.disk.threshold_enabled': 'true', ...Object.fromEntries(['low', 'high', 'flood_stage'].map((mark) => [`cluster.routing.allocation.disk.watermark.${mark}`, '99%'])) },
  }, async (server) => {
    const { defaults } = (await (await fetch(`${server.url}/_cluster/settings?include_defaults=true&flat_settings=true`)).json()) as { defaults: Record<string, string> };
    expect(defaults['cluster.routing.allocation.disk.threshold_enabled']).to.equal('true');
    expect(defaults['cluster.routing.allocation.disk.watermark.flood_stage']).to.equal('99%');
  }));

  it('says which setting it refuses, and leaves no process', () => withTemporaryFolder(async (directory) => {
    const failure = await failureOf(startElasticsearch({ directory, settings: { 'no.such.setting': 'x' } }));
    expect(failure).to.be.instanceOf(MillraceError).with.property('code', 'MILL_STACK_FAILED');
    expect(failure).to.have.property('message').that.matches(/elasticsearch ended while it started; the end of .*server\.log:\n[\s\S]*no\.such\.setting/);
  }));
});

describe('an object store of a test\'s own', function () {
  this.timeout(120_000);

  it('keeps what it acknowledged when it is killed, and when it is stopped', () => withS3({}, async (server) => {
    const client = openS3Client({ endpoint: server.endpoint, accessKey: server.accessKey, secretKey: server.secretKey });
    await client.makeBucket('kept');
    await client.put('kept', 'a', Buffer.from('hello'));
    for (const end of ['kill', 'stop'] as const) {
      await server[end]();
      expect(() => server.pid).to.throw(MillraceError, /s3 does not run/);
      await server.start();
      expect((await client.read('kept', 'a')).toString()).to.equal('hello');
      await client.put('kept', 'a', Buffer.from('hello'));
    }
  }));

  it('refuses options that it does not know', async () => {
    const failure = await failureOf(startS3({ directory: '/nowhere', ...{ bucket: 'a' } }));
    expect(failure).to.be.instanceOf(MillraceError).with.property('code', 'MILL_CONFIG_INVALID');
  });
});

describe('a server that a program left', function () {
  this.timeout(120_000);

  for (const kind of ['elasticsearch', 's3']) {
    it(`${kind} ends with that program, also when it is killed`, () => withTemporaryFolder(async (directory) => {
      const program = spawn(process.execPath, ['--import', 'tsx', projectFile('test', 'ops', 'stack', 'abandoned-stack.ts'), directory, 'waits', kind], { cwd: projectFile(), stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(program.stdout, 'data')) as [Buffer];
      const server = await identify(Number(line.toString()));
      expect(await isAlive(server)).to.equal(true);
      program.kill('SIGKILL');
      while (await isAlive(server)) await sleep(20);
    }));
  }
});
