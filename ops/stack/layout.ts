/** Which servers a stack has, with their folders, configurations and command lines. Starts none. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Broker, prepareBroker } from './broker.ts';
import { brokerProperties } from './broker-config.ts';
import { startGuard, type Guard } from './guard.ts';
import { brokerArguments, formatArguments, registryArguments, type ClassArchives } from './jvm.ts';
import type { CompiledStackOptions } from './options.ts';
import { Registry, registrySettings } from './registry.ts';
import { prepareSecurity, scramUsers, securityConfig } from './security.ts';
import type { StackServer } from './server.ts';
import { ServerProcess } from './server-process.ts';
import type { Servers } from './servers.ts';

export type LaidOutServer = Pick<StackServer, 'process' | 'address' | 'stopWithinMs' | 'answers'>;

/** A broker moves its leaders away first. */
const STOP_WITHIN_MS = 30_000;

export interface StackLayout {
  readonly servers: readonly LaidOutServer[];
  /** Of all servers. */
  readonly processes: readonly ServerProcess[];
  readonly brokers: readonly Broker[];
  readonly registry: Registry | null;
  /** Writes configurations and formats new data directories. */
  prepare(): Promise<void>;
  /** Until all answer, and every broker knows all others. */
  whenReady(): Promise<void>;
}

export interface LayoutContext {
  readonly servers: Servers;
  readonly archives: ClassArchives;
  readonly basePort: number;
  /** Called when a server has a new process, or none. */
  readonly onChange: () => void;
}

export function layOut(options: CompiledStackOptions, context: LayoutContext): StackLayout {
  const { directory, security } = options;
  const ids = Array.from({ length: options.brokers }, (_, i) => i + 1);
  const brokers = ids.map((id) => layOutBroker(id, options, context));
  const registry = options.registry ? layOutRegistry(options, context) : null;
  const servers: LaidOutServer[] = [
    ...brokers.map(({ process, broker }) => ({ process, address: broker.address, stopWithinMs: STOP_WITHIN_MS, answers: () => broker.answers() })),
    ...(registry === null ? [] : [{ process: registry.process, address: registry.registry.url, stopWithinMs: STOP_WITHIN_MS, answers: () => registry.registry.answers() }]),
  ];
  return {
    servers,
    processes: servers.map(({ process }) => process),
    brokers: brokers.map(({ broker }) => broker),
    registry: registry?.registry ?? null,
    async prepare() {
      await mkdir(directory, { recursive: true });
      if (security) await prepareSecurity(directory);
      await Promise.all([...brokers.map(({ prepare }) => prepare()), registry?.registry.prepare()]);
    },
    async whenReady() {
      await Promise.all([...brokers.map(({ broker }) => broker.whenServing(ids)), registry?.registry.whenServing()]);
    },
  };
}

function layOutBroker(id: number, options: CompiledStackOptions, { servers, archives, basePort, onChange }: LayoutContext): { process: ServerProcess; broker: Broker; prepare: () => Promise<void> } {
  const { directory, brokers, heapMb, compiler, security, brokerConfig, readyTimeoutMs } = options;
  const name = `broker-${id}`;
  const folder = path.join(directory, name);
  const dataDirectory = path.join(folder, 'data');
  const file = path.join(folder, 'server.properties');
  const args = brokerArguments(servers, file, { heapMb, compiler, archive: archives.broker });
  const process = new ServerProcess({ name, command: 'java', args, logFile: path.join(folder, 'server.log') }, onChange);
  const text = brokerProperties({ id, brokers, basePort, dataDirectory, security: security ? securityConfig(directory, basePort, id) : null, overrides: brokerConfig });
  const format = formatArguments(servers, archives.format, ['--cluster-id', clusterId(directory), '--config', file, ...(security ? scramUsers() : [])]);
  return { process, broker: new Broker(id, basePort, process, readyTimeoutMs), prepare: () => prepareBroker({ file, text }, dataDirectory, format) };
}

function layOutRegistry({ directory, readyTimeoutMs }: CompiledStackOptions, { servers, archives, basePort, onChange }: LayoutContext): { process: ServerProcess; registry: Registry } {
  const folder = path.join(directory, 'registry');
  const args = registryArguments(servers, archives.registry, registrySettings(folder, basePort));
  const process = new ServerProcess({ name: 'registry', command: 'java', args, logFile: path.join(folder, 'server.log') }, onChange);
  return { process, registry: new Registry(folder, basePort, process, readyTimeoutMs) };
}

/** The same, of servers that end with this program. */
export function layOutGuarded(options: CompiledStackOptions, context: Omit<LayoutContext, 'onChange'>): { layout: StackLayout; guard: Guard } {
  const guard = startGuard();
  const layout = layOut(options, { ...context, onChange: () => { guard.watch(layout.processes.flatMap(({ identity }) => identity?.pid ?? [])); } });
  return { layout, guard };
}

/** The same for all brokers of a directory, and for no other. Kafka takes 16 bytes that do not begin with a dash. */
const clusterId = (directory: string): string =>
  createHash('sha256').update(directory).digest().subarray(0, 16).toString('base64url').replace(/^-/, 'M');
