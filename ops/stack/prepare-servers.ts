/**
 * All that a stack needs before it starts: Java, the servers, and archives of the classes that they load, which halve
 * the time and the memory of a start. The archives are written once for each version of Java, by servers that start and
 * stop for it.
 */
import { access, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { acquireLock, draftOf, sweepDrafts } from '../system/index.ts';
import { javaVersion } from './java.ts';
import type { ClassArchives } from './jvm.ts';
import { layOutGuarded } from './layout.ts';
import { compileStackOptions } from './options.ts';
import { claimPorts } from './ports.ts';
import { fetchServers, type FetchServersOptions, type Servers } from './servers.ts';

/** Writing an archive is part of the stop. */
const WRITE_WITHIN_MS = 120_000;

export interface PreparedServers {
  readonly servers: Servers;
  readonly archives: ClassArchives;
}

/**
 * Returns at once when all is there.
 * @throws MillraceError MILL_STACK_JAVA_MISSING, MILL_STACK_MAVEN_MISSING, MILL_STACK_UNAVAILABLE, MILL_STACK_FAILED
 */
export async function prepareServers(options: FetchServersOptions = {}): Promise<PreparedServers> {
  const version = await javaVersion();
  const servers = await fetchServers(options);
  const fileOf = (server: string): string => path.join(servers.directory, `${server}-java-${version}.jsa`);
  const files = { broker: fileOf('kafka'), registry: fileOf('registry') };
  if (!(await bothThere(files))) {
    const release = await acquireLock(servers.directory, { signal: options.signal });
    try {
      if (!(await bothThere(files))) await writeArchives(servers, files, options);
    } finally {
      await release();
    }
  }
  const [broker, registry] = await Promise.all([reading(files.broker), reading(files.registry)]);
  return { servers, archives: { broker, format: broker, registry } };
}

type Files = Readonly<Record<'broker' | 'registry', string>>;

const exists = (file: string): Promise<boolean> => access(file).then(() => true, () => false);
const bothThere = async ({ broker, registry }: Files): Promise<boolean> => (await exists(broker)) && (await exists(registry));

/** An empty file stands for a Java that writes no archives. */
const reading = async (file: string): Promise<string[]> => ((await stat(file)).size === 0 ? [] : [`-XX:SharedArchiveFile=${file}`]);

async function writeArchives(servers: Servers, files: Files, { log = () => undefined }: FetchServersOptions): Promise<void> {
  log('Preparing quick starts of the servers (once)');
  await sweepDrafts(servers.directory);
  const directory = draftOf(path.join(servers.directory, 'training'));
  const draft = (file: string): string => path.join(directory, path.basename(file));
  const writing = (file: string): string[] => [`-XX:ArchiveClassesAtExit=${draft(file)}`];
  const ports = await claimPorts();
  const { layout, guard } = layOutGuarded(compileStackOptions({ directory, registry: true }), {
    servers, basePort: ports.basePort, archives: { broker: writing(files.broker), format: [], registry: writing(files.registry) },
  });
  try {
    await layout.prepare();
    await Promise.all(layout.processes.map((process) => process.spawn()));
    await layout.whenReady();
    await Promise.all(layout.processes.map((process) => process.stop(WRITE_WITHIN_MS)));
    for (const file of Object.values(files)) {
      if (!(await exists(draft(file)))) await writeFile(draft(file), '');
      await rename(draft(file), file);
    }
  } finally {
    await Promise.all(layout.processes.map((process) => process.kill()));
    guard.release();
    await rm(directory, { recursive: true, force: true });
    await ports.release();
  }
}
