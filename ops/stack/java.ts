/** The Java that runs the servers: any from 17 on runs Kafka; Elasticsearch wants 21 or newer, which is looked for. */
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { lastWords, runCommand } from '../system/index.ts';

const LEAST_JAVA = 17;
const LEAST_JAVA_OF_ELASTICSEARCH = 21;

/** @returns its version, as 17.0.15 @throws MillraceError MILL_STACK_JAVA_MISSING */
export async function javaVersion(java = 'java'): Promise<string> {
  const result = await runCommand(java, ['-version']);
  const version = /version "([\d._]+)/.exec(result.stderr)?.[1];
  if (result.exitCode !== 0 || version === undefined) throw new MillraceError('MILL_STACK_JAVA_MISSING', `The servers need Java ${LEAST_JAVA} or newer, and ${java} does not start: ${lastWords(result)}`);
  if (majorOf(version) < LEAST_JAVA) throw new MillraceError('MILL_STACK_JAVA_MISSING', `The servers need Java ${LEAST_JAVA} or newer; this is ${version}`);
  return version;
}

export interface Java {
  readonly home: string;
  readonly version: string;
}

/**
 * Looks at JAVA_HOME, at `java` on the PATH, and where systems and tools install Java, the newest first.
 * @throws MillraceError MILL_STACK_JAVA_MISSING
 */
export async function findJavaOfElasticsearch(env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const { JAVA_HOME: javaHome } = env;
  const tooOld: string[] = [];
  for (const command of [...(javaHome === undefined ? [] : [javaIn(javaHome)]), 'java', ...(await installedJavas(env['HOME'] ?? homedir()))]) {
    const found = await askJava(command, env);
    if (found === null) continue;
    if (majorOf(found.version) >= LEAST_JAVA_OF_ELASTICSEARCH) return found;
    tooOld.push(found.version);
  }
  const seen = tooOld.length === 0 ? 'there is none' : `there is only ${[...new Set(tooOld)].join(', ')}`;
  throw new MillraceError('MILL_STACK_JAVA_MISSING', `Elasticsearch needs Java ${LEAST_JAVA_OF_ELASTICSEARCH} or newer; ${seen}`, { hint: JAVA_HINT });
}

/** Debian 12 has none that is new enough. */
export const JAVA_HINT = 'Install one: apt-get install openjdk-21-jre-headless (Debian 13, Ubuntu), or unpack a JDK of adoptium.net under /usr/lib/jvm or set JAVA_HOME to it.';

const majorOf = (version: string): number => Number.parseInt(version, 10);
const javaIn = (home: string): string => path.join(home, 'bin', 'java');

async function askJava(command: string, env: NodeJS.ProcessEnv): Promise<Java | null> {
  const { stderr } = await runCommand(command, ['-XshowSettings:properties', '-version'], { env });
  const home = /^ *java\.home = (.+)$/m.exec(stderr)?.[1];
  const version = /^ *java\.version = (.+)$/m.exec(stderr)?.[1];
  return home === undefined || version === undefined ? null : { home, version };
}

async function installedJavas(userHome: string): Promise<string[]> {
  const folders = ['/usr/lib/jvm', '/usr/java', '/opt/java', '/opt', path.join(userHome, '.sdkman/candidates/java'), path.join(userHome, '.jdks'), '/Library/Java/JavaVirtualMachines'];
  const found = await Promise.all(folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => ({ name, home: path.join(folder, name, folder.startsWith('/Library') ? 'Contents/Home' : '') }))));
  const numberIn = (name: string): number => Number(/\d{2}/.exec(name.replace('1.', ''))?.[0] ?? 0);
  return found.flat().sort((a, b) => numberIn(b.name) - numberIn(a.name)).map(({ home }) => javaIn(home));
}
