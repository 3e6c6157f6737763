import { expect } from 'chai';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { javaVersion, prepareServers } from '../../../ops/stack/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

const failureOf = (started: Promise<unknown>): Promise<unknown> => started.then(() => undefined, (error: unknown) => error);

async function program(folder: string, name: string, script: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

describe('what the servers need', () => {
  it('is Java 17 or newer', () => withTemporaryFolder(async (folder) => {
    expect(await javaVersion(await program(folder, 'new', 'echo \'openjdk version "21.0.4" 2024-07-16\' >&2'))).to.equal('21.0.4');
    const old = await failureOf(javaVersion(await program(folder, 'old', 'echo \'java version "1.8.0_402"\' >&2')));
    expect(old).to.be.instanceOf(MillraceError).with.property('message').that.matches(/Java 17 or newer; this is 1\.8\.0_402/);
    const none = await failureOf(javaVersion(path.join(folder, 'none')));
    expect(none).to.be.instanceOf(MillraceError).with.property('hint').that.includes('apt-get install');
  }));

  it('is Maven, once', () => withTemporaryFolder(async (folder) => {
    const none = await failureOf(prepareServers({ cacheDirectory: folder, mvn: path.join(folder, 'none') }));
    expect(none).to.be.instanceOf(MillraceError).with.property('code', 'MILL_STACK_MAVEN_MISSING');
  }));

  it('a download that fails says why, removes what it left, and what an earlier one left', () => withTemporaryFolder(async (folder) => {
    const mvn = await program(folder, 'mvn', 'case $1 in --version) echo "Apache Maven 3.8.7" ;; *) echo "[ERROR] no such artifact" >&2; exit 1 ;; esac');
    const left = path.join(folder, 'servers', 'kafka-1.part-1');
    await mkdir(left, { recursive: true });
    const failure = await failureOf(prepareServers({ cacheDirectory: folder, mvn }));
    expect(failure).to.be.instanceOf(MillraceError).with.property('message', 'Maven cannot fetch the servers: [ERROR] no such artifact');
    expect(failure).to.have.property('transient', true);
    expect(await readdir(path.dirname(left))).to.deep.equal([]);
  }));
});
