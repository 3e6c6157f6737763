/**
 * Kafka and the schema registry on this machine, fetched once from Maven Central.
 *
 *   <cache>/servers/<versions>/kafka/      the broker's jars; appears whole
 *                              registry/   the registry
 *                              *.jsa       class archives for quick starts, one for each version of Java
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { projectFile, resolvePaths } from '../paths.ts';
import { fetchOnce, type FetchOptions } from './fetch-once.ts';
import { runMaven } from './maven.ts';

export const KAFKA_VERSION = '4.3.1';
export const REGISTRY_VERSION = '2.6.13.Final';

export interface Servers {
  readonly directory: string;
  readonly kafkaJars: string;
  readonly registryJar: string;
}

export interface FetchServersOptions extends FetchOptions {
  /** A Maven command. @default mvn */
  readonly mvn?: string | undefined;
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
 * Returns at once when they are there.
 * @throws MillraceError MILL_STACK_MAVEN_MISSING, MILL_STACK_UNAVAILABLE
 */
export async function fetchServers(options: FetchServersOptions = {}): Promise<Servers> {
  const { cacheDirectory = resolvePaths().cache, signal, mvn, log = () => undefined } = options;
  const servers = serversIn(cacheDirectory);
  await fetchOnce({
    name: 'Kafka', directory: servers.directory, totalBytes: 392e6,
    async fetch(draft) {
      const out = path.join(draft, 'out');
      await mkdir(out);
      log(`Fetching Kafka ${KAFKA_VERSION} and Apicurio Registry ${REGISTRY_VERSION} from Maven Central (once, 200 MB)`);
      const properties = { 'out': out, 'kafka.version': KAFKA_VERSION, 'registry.version': REGISTRY_VERSION };
      await runMaven({ draft, pom: projectFile('ops', 'stack', 'servers.pom.xml'), properties, mvn, signal });
      return out;
    },
  }, options);
  return servers;
}
