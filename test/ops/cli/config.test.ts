/** `millrace config` as a user runs it. */
import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCli } from '../../support/cli.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

describe('millrace config', function () {
  this.timeout(120_000);

  it('explain: each value and where it comes from, secrets masked, notices on stderr', () => withTemporaryFolder(async (folder) => {
    const file = path.join(folder, 'my.yaml');
    await writeFile(file, 'kafka:\n  brokers: [one:9092]\n');
    const env = { MILLRACE_SCHEMA_REGISTRY: 'http://r:8081', MILLRACE_S3_ENDPOINT: 'http://s3:9000', MILLRACE_S3_ACCESS_KEY: 'AKIA', MILLRACE_S3_SECRET_KEY: 'hunter2', MILLRACE_S3_BUCKET: 'x' };
    const { code, stdout, stderr } = await runCli(['--config', file, 'config', 'explain', '--profile', 'cluster'], { data: folder, env });
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^kafka\.brokers +one:9092 +.*my\.yaml:2:12$/m).and.match(/^s3\.secretKey +\*{8} +MILLRACE_S3_SECRET_KEY$/m).and.match(/^profile +cluster +--profile$/m);
    expect(stdout + stderr).to.not.include('hunter2');
    expect(stderr).to.include('MILLRACE_S3_BUCKET').and.include('the index lies in the data directory');
    const json = JSON.parse((await runCli(['config', 'explain', '--json', '--config', file], { data: folder, env })).stdout) as { settings: { setting: string; value: unknown; origin: unknown }[] };
    expect(json.settings.find(({ setting }) => setting === 'kafka.brokers')).to.deep.equal({ setting: 'kafka.brokers', value: ['one:9092'], origin: { from: 'file', file, line: 2, column: 12 }, secret: false });
    expect(json.settings.find(({ setting }) => setting === 'data')).to.deep.include({ value: folder, origin: { from: 'variable', variable: 'MILLRACE_DATA' } });
  }));

  it('check: exit code 2 and all errors at once', () => withTemporaryFolder(async (folder) => {
    const file = path.join(folder, 'bad.yaml');
    await writeFile(file, 'kafka:\n  driver: x\n  pasword: x\n');
    const { code, stdout, stderr } = await runCli(['config', 'check'], { data: folder, env: { MILLRACE_CONFIG: file, MILLRACE_METRICS_PORT: 'many' } });
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.include('3 things are wrong').and.match(/bad\.yaml:2:11: kafka\.driver/).and.match(/bad\.yaml:3:3: .*"pasword" in kafka; did you mean "password"\?/).and.include('MILLRACE_METRICS_PORT: ').and.include('MILL_CONFIG_INVALID');
  }));

  it('check: tells what is right', () => withTemporaryFolder(async (folder) => {
    const { code, stdout } = await runCli(['config', 'check'], { data: folder });
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'The configuration is right: profile embedded, no file.\n' });
  }));

  it('is read only by what needs it, and a wrong file stops the rest with the reason', () => withTemporaryFolder(async (folder) => {
    const env = { MILLRACE_CONFIG: path.join(folder, 'no.yaml') };
    expect((await runCli(['topology'], { data: folder, env })).code).to.equal(0);
    for (const command of ['status', 'doctor']) {
      const { code, stderr } = await runCli([command], { data: folder, env });
      expect([command, code]).to.deep.equal([command, 2]);
      expect(stderr).to.match(/MILLRACE_CONFIG: .*no\.yaml: there is no such file/);
    }
  }));
});
