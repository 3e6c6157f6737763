/**
 * Kafka and the schema registry on this machine, fetched once from Maven Central by Maven itself, so that mirrors,
 * proxies and certificates of the machine apply.
 *
 *   <cache>/servers/<versions>/kafka/      the broker's jars; appears whole
 *                              registry/   the registry
 *                              *.jsa       class archives for quick starts, one for each version of Java
 */
import { access, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { projectFile, resolvePaths } from '../paths.ts';
import { acquireLock, bytesUnder, draftOf, lastWords, runCommand, sweepDrafts } from '../system/index.ts';
import { mavenVersion } from './java.ts';

export const KAFKA_VERSION = '4.3.1';
export const REGISTRY_VERSION = '2.6.13.Final';

/** Downloads and what is unpacked from them, about. */
const TOTAL_BYTES = 392e6;
const POLL_MS = 500;

export interface Servers {
  readonly directory: string;
  readonly kafkaJars: string;
  readonly registryJar: string;
}

export interface FetchServersOptions {
  /** @default the user's cache */
  readonly cacheDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A Maven command. @default mvn */
  readonly mvn?: string | undefined;
  readonly log?: ((line: string) => void) | undefined;
  /** Bytes so far, of all, about. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

export function serversIn(cacheDirectory: string): Servers {
  const directory = path.join(cacheDirectory, 'servers', `kafka-${KAFKA_VERSION}-registry-${REGISTRY_VERSION}`);
  return {
    directory,
    kafkaJars: path.join(directory, 'kafka', '*'),
    registryJar: path.join(directory, 'registry', `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`),
  };
}

/**
 * Returns at once when they are there. May be killed at any moment and called again.
 * @throws MillraceError MILL_STACK_MAVEN_MISSING, MILL_STACK_UNAVAILABLE
 */
export async function fetchServers(options: FetchServersOptions = {}): Promise<Servers> {
  const { cacheDirectory = resolvePaths().cache, signal, log = () => undefined } = options;
  const servers = serversIn(cacheDirectory);
  if (await exists(servers.directory)) return servers;
  const parent = path.dirname(servers.directory);
  await mkdir(parent, { recursive: true });
  const release = await acquireLock(parent, { signal, onWait: (pid) => { log(`Process ${pid} is fetching the servers; waiting for it`); } });
  try {
    if (!(await exists(servers.directory))) await download(servers.directory, options);
  } finally {
    await release();
  }
  return servers;
}

async function download(target: string, { signal, mvn = 'mvn', log = () => undefined, onProgress = () => undefined }: FetchServersOptions): Promise<void> {
  await mavenVersion(mvn);
  await sweepDrafts(path.dirname(target));
  const draft = draftOf(target);
  const out = path.join(draft, 'out');
  await mkdir(out, { recursive: true });
  log(`Fetching Kafka ${KAFKA_VERSION} and Apicurio Registry ${REGISTRY_VERSION} from Maven Central (once, 200 MB)`);
  const watch = setInterval(() => void bytesUnder(draft).then((bytes) => { onProgress(Math.min(bytes, TOTAL_BYTES), TOTAL_BYTES); }), POLL_MS);
  try {
    // --strict-checksums: a download whose checksum is wrong is a failure. With a repository of its own nothing stays but what is used.
    const result = await runCommand(mvn, [
      '--batch-mode', '--quiet', '--no-transfer-progress', '--strict-checksums', '--file', projectFile('ops', 'stack', 'servers.pom.xml'),
      `-Dmaven.repo.local=${path.join(draft, 'repository')}`, `-Dout=${out}`, `-Dkafka.version=${KAFKA_VERSION}`, `-Dregistry.version=${REGISTRY_VERSION}`,
      'generate-resources',
    ], { signal });
    if (result.exitCode !== 0) throw new MillraceError('MILL_STACK_UNAVAILABLE', `Maven cannot fetch the servers: ${lastWords(result)}`);
    await rename(out, target);
    onProgress(TOTAL_BYTES, TOTAL_BYTES);
  } finally {
    clearInterval(watch);
    await rm(draft, { recursive: true, force: true });
  }
}

const exists = (file: string): Promise<boolean> => access(file).then(() => true, () => false);
