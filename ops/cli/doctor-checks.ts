/** What Millrace needs of a machine, how to see whether it is there, and what mends it. */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { toMillraceError } from '../../connectors/ports/index.ts';
import { listModels } from '../models/index.ts';
import type { Paths } from '../paths.ts';
import { findJavaOfElasticsearch, goVersion, javaVersion, mavenVersion } from '../stack/index.ts';
import { formatBytes } from './terminal.ts';

const run = promisify(execFile);

export interface Check {
  readonly name: string;
  /** `optional`: it is missing, and only what `neededFor` says needs it. */
  readonly status: 'ok' | 'missing' | 'optional';
  readonly found: string;
  /** What mends it; empty when all is well. */
  readonly mend: string;
  /** System packages that it lacks. */
  readonly packages: readonly string[];
  /** What of Millrace needs it. @default everything */
  readonly neededFor?: string;
}

interface ProgramCheck {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly packages: readonly string[];
  readonly pattern: RegExp;
}

const PROGRAMS: readonly ProgramCheck[] = [
  { name: 'ffmpeg', command: 'ffmpeg', args: ['-version'], pattern: /version (\S+)/, packages: ['ffmpeg'] },
  { name: 'ffprobe', command: 'ffprobe', args: ['-version'], pattern: /version (\S+)/, packages: ['ffmpeg'] },
  { name: 'python3', command: 'python3', args: ['--version'], pattern: /Python (\S+)/, packages: ['python3', 'python3-pip'] },
  { name: 'pip', command: 'python3', args: ['-m', 'pip', '--version'], pattern: /pip (\S+)/, packages: ['python3-pip'] },
];

/** With `sudo` where this user is not root. */
export function aptCommand(packages: readonly string[]): string {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

async function checkProgram({ name, command, args, pattern, packages }: ProgramCheck): Promise<Check> {
  try {
    const { stdout, stderr } = await run(command, args, { timeout: 10_000 });
    return { name, status: 'ok', found: pattern.exec(stdout + stderr)?.[1] ?? 'unknown version', mend: '', packages: [] };
  } catch {
    return { name, status: 'missing', found: 'not found', mend: aptCommand(packages), packages };
  }
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const supported = major > 20 || (major === 20 && minor >= 20);
  return { name: 'node', status: supported ? 'ok' : 'missing', found: process.versions.node, mend: supported ? '' : 'install Node.js 20.20 or 24', packages: [] };
}

const LEAST_FREE_BYTES = 2e9;

async function checkDirectory(name: string, directory: string): Promise<Check> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
    const { bavail, bsize } = await statfs(directory);
    const free = bavail * bsize;
    const roomy = free >= LEAST_FREE_BYTES;
    return {
      name, status: roomy ? 'ok' : 'missing', found: `${directory}, ${formatBytes(free)} free`,
      mend: roomy ? '' : `free at least ${formatBytes(LEAST_FREE_BYTES)} there`, packages: [],
    };
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { name, status: 'missing', found: `${directory}: ${reason}`, mend: `make ${directory} writable`, packages: [] };
  }
}

const SERVERS = 'tests and millrace stack';

interface ServerTool {
  readonly name: string;
  readonly find: () => Promise<string>;
  readonly packages: readonly string[];
  readonly neededFor: string;
}

/** Of the servers that Millrace starts for itself; somebody else's servers need none of it. */
const SERVER_TOOLS: readonly ServerTool[] = [
  { name: 'java', find: javaVersion, packages: ['default-jre-headless'], neededFor: SERVERS },
  // Not every system that has Java has one that is new enough as a package.
  { name: 'java 21 or newer', find: async () => { const { version, home } = await findJavaOfElasticsearch(); return `${version}, ${home}`; }, packages: [], neededFor: 'tests and millrace stack with Elasticsearch' },
  { name: 'mvn', find: mavenVersion, packages: ['maven'], neededFor: SERVERS },
  { name: 'go', find: goVersion, packages: [], neededFor: 'millrace stack up --s3 minio' },
];

async function checkServerTool({ name, find, packages, neededFor }: ServerTool): Promise<Check> {
  try {
    return { name, status: 'ok', found: await find(), mend: '', packages: [], neededFor };
  } catch (error) {
    const { message, hint } = toMillraceError(error);
    return { name, status: 'optional', found: message, mend: packages.length === 0 ? hint : aptCommand(packages), packages, neededFor };
  }
}

/** A stage without its model is skipped, so models are not needed for a run to start; but nothing is found without them. */
async function checkModels(cacheDirectory: string): Promise<Check> {
  const models = (await listModels({ cacheDirectory })).filter(({ card }) => card.default);
  const absent = models.filter(({ found }) => found.state !== 'installed').map(({ card }) => card.name);
  return absent.length === 0
    ? { name: 'models', status: 'ok', found: `${models.length} installed`, mend: '', packages: [] }
    : { name: 'models', status: 'missing', found: `not installed: ${absent.join(', ')}`, mend: './millrace models fetch', packages: [] };
}

export async function runChecks(paths: Paths): Promise<Check[]> {
  return [
    checkNode(),
    ...(await Promise.all(PROGRAMS.map(checkProgram))),
    await checkDirectory('data', paths.data),
    await checkDirectory('cache', paths.cache),
    await checkModels(paths.cache),
    ...(await Promise.all(SERVER_TOOLS.map(checkServerTool))),
  ];
}
