/** Builds the peer on Kafka Streams for Java, once for each version of its source, into the user's cache. */
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { projectFile, resolvePaths } from '../../ops/paths.ts';
import { javaVersion, mavenVersion } from '../../ops/stack/index.ts';
import { acquireLock, draftOf, lastWords, runCommand, sweepDrafts } from '../../ops/system/index.ts';

export const STREAMS_VERSION = '4.3.1';

const folder = projectFile('bench', 'kafka', 'streams-peer');
const sources = [path.join(folder, 'pom.xml'), path.join(folder, 'src', 'main', 'java', 'Peer.java')];

/** @returns the command that runs it */
export async function buildStreamsPeer(): Promise<readonly string[]> {
  await javaVersion();
  const digest = createHash('sha256');
  for (const source of sources) digest.update(await readFile(source));
  const parent = path.join(resolvePaths().cache, 'bench');
  const target = path.join(parent, `kafka-streams-${STREAMS_VERSION}-${digest.digest('hex').slice(0, 8)}`);
  await mkdir(parent, { recursive: true });
  const release = await acquireLock(parent);
  try {
    if (!(await access(target).then(() => true, () => false))) await build(target);
  } finally {
    await release();
  }
  const classPath = [path.join(target, 'classes'), path.join(target, 'lib', '*')].join(path.delimiter);
  return ['java', '-Xms512m', '-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', classPath, 'Peer'];
}

async function build(target: string): Promise<void> {
  await mavenVersion();
  await sweepDrafts(path.dirname(target));
  const draft = draftOf(target);
  process.stderr.write(`Building the peer on Kafka Streams ${STREAMS_VERSION} (once)\n`);
  try {
    const result = await runCommand('mvn', ['-B', '-q', '-ntp', '-f', path.join(folder, 'pom.xml'), `-Dkafka.version=${STREAMS_VERSION}`, `-Dout=${draft}`, 'compile']);
    if (result.exitCode !== 0) throw new Error(`Maven cannot build the peer: ${lastWords(result)}`);
    await rename(draft, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
