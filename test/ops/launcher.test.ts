import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { runCli } from '../support/cli.ts';
import { withTemporaryFolder } from '../support/folders.ts';

/** What the launcher itself calls. */
const TOOLS = ['sh', 'dirname', 'cat', 'cksum', 'mktemp', 'rm', 'env', 'flock'];

/** A folder for PATH that has the launcher's tools and these programs, and nothing else. */
async function systemWith(folder: string, programs: Readonly<Record<string, string>>): Promise<string> {
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  for (const tool of TOOLS) {
    const { stdout } = await promisify(execFile)('sh', ['-c', `command -v ${tool} || true`]);
    if (stdout.trim() !== '') await symlink(stdout.trim(), path.join(bin, tool));
  }
  await symlink(process.execPath, path.join(bin, 'node'));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(bin, name), 0o755);
  }
  return bin;
}

const USER = 'echo 1000';
const ROOT = 'echo 0';

describe('the launcher on a system that lacks programs', function () {
  this.timeout(120_000);

  it('without root, prints one command for all of them, and installs nothing', () => withTemporaryFolder(async (folder) => {
    const bin = await systemWith(folder, { 'id': USER, 'apt-get': `echo touched > ${folder}/touched` });
    const { code, stderr, stdout } = await runCli(['demo'], { data: folder, env: { PATH: bin, MILLRACE_HOME: path.join(folder, 'home') } });
    expect(stderr).to.match(/sudo apt-get update && sudo apt-get install -y --no-install-recommends .*ffmpeg python3 python3-pip\n/);
    expect({ code, stdout }).to.deep.equal({ code: 3, stdout: '' });
    const { stdout: left } = await promisify(execFile)('ls', [folder]);
    expect(left).to.not.include('touched');
  }));

  it('sees the command behind --data, and asks nothing for --help', () => withTemporaryFolder(async (folder) => {
    const bin = await systemWith(folder, { id: USER, 'apt-get': 'exit 1' });
    const env = { PATH: bin, MILLRACE_HOME: path.join(folder, 'home') };
    expect((await runCli(['--data', folder, 'add', 'film.mp4'], { data: folder, env })).code).to.equal(3);
    expect((await runCli(['add', '--help'], { data: folder, env })).code).to.equal(0);
  }));

  it('as root, installs them; and shows what apt-get said when that fails', () => withTemporaryFolder(async (folder) => {
    const bin = await systemWith(folder, { 'id': ROOT, 'apt-get': 'echo "E: no such thing as $*"; exit 100' });
    const { code, stderr } = await runCli(['run'], { data: folder, env: { PATH: bin, MILLRACE_HOME: path.join(folder, 'home') } });
    expect(stderr).to.match(/E: no such thing as update/).and.match(/could not install: .*ffmpeg python3 python3-pip/);
    expect(code).to.equal(3);
  }));

  it('asks for Java, Maven and pip where servers run', () => withTemporaryFolder(async (folder) => {
    const bin = await systemWith(folder, { 'id': USER, 'apt-get': 'exit 1' });
    const env = { PATH: bin, MILLRACE_HOME: path.join(folder, 'home') };
    expect((await runCli(['stack', 'up'], { data: folder, env })).stderr).to.match(/install -y --no-install-recommends .*default-jre-headless maven python3 python3-pip\n/);
    await mkdir(path.join(folder, 'home', 'servers'), { recursive: true });
    expect((await runCli(['stack', 'up'], { data: folder, env })).stderr).to.include('default-jre-headless').and.not.include('maven');
  }));

  it('with models in the cache, does not ask for Python', () => withTemporaryFolder(async (folder) => {
    const bin = await systemWith(folder, { 'id': USER, 'apt-get': 'exit 1' });
    await mkdir(path.join(folder, 'home', 'models'), { recursive: true });
    const { stderr } = await runCli(['demo'], { data: folder, env: { PATH: bin, MILLRACE_HOME: path.join(folder, 'home') } });
    expect(stderr).to.match(/install -y --no-install-recommends .*ffmpeg\n/).and.not.include('python3');
  }));
});
