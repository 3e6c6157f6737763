/**
 * Real brokers (KRaft) and a schema registry on this machine, without containers.
 *
 *   <directory>/broker-<id>/    server.properties, data/, server.log
 *               registry/       registry.mv.db, server.log
 *               security/       certificates, PEM
 *
 * The servers end with the program that started them, however it ends (guard.ts).
 */
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Broker, prepareBroker } from './broker.ts';
import { brokerProperties } from './broker-config.ts';
import { startGuard } from './guard.ts';
import { javaVersion } from './java.ts';
import { brokerArguments, formatArguments, registryArguments } from './jvm.ts';
import { compileStackOptions, type CompiledStackOptions, type KafkaStackOptions } from './options.ts';
import { brokerPorts, claimPorts, HOST, registryPort } from './ports.ts';
import { registrySettings, registryUrl, whenRegistryServes } from './registry.ts';
import { describeSecurity, prepareSecurity, scramUsers, securityConfig, type StackSecurity } from './security.ts';
import { ServerProcess } from './server-process.ts';
import { fetchServers, type Servers } from './servers.ts';
import { activeController } from './wire.ts';
import { MillraceError } from '../../connectors/ports/index.ts';

const STOP_WITHIN_MS = 10_000;

export interface KafkaStack {
  /** host:port of each, PLAINTEXT */
  readonly brokers: readonly string[];
  /** The same, as clients take it. */
  readonly bootstrap: string;
  readonly registryUrl: string | null;
  /** How clients reach the listeners that `security: true` adds. */
  readonly security: StackSecurity | null;
  /** @param id from 1 */
  broker(id: number): Broker;
  /** Node id of the active controller. */
  controllerId(): Promise<number>;
  /** SIGTERM to all, SIGKILL to those that are left after 10 s. */
  stop(): Promise<void>;
  /** SIGKILL to all: as a power cut, and the quick end of a stack whose data is not wanted. */
  kill(): Promise<void>;
}

/**
 * Starts a stack; resolves when all servers answer.
 * @example
 * const stack = await startKafkaStack({ directory, brokers: 3 });
 * await stack.broker(2).kill();
 * await stack.broker(2).start();
 * await stack.stop();
 * @throws MillraceError MILL_STACK_FAILED, MILL_STACK_JAVA_MISSING, MILL_STACK_MAVEN_MISSING, MILL_STACK_UNAVAILABLE
 */
export async function startKafkaStack(options: KafkaStackOptions): Promise<KafkaStack> {
  const compiled = compileStackOptions(options);
  await javaVersion();
  const servers = await fetchServers({ log: compiled.log });
  const ports = compiled.basePort === undefined ? await claimPorts() : { basePort: compiled.basePort, release: async () => undefined };
  const guard = startGuard();
  const layout = layOut(compiled, servers, ports.basePort, () => { guard.watch(layout.processes.flatMap(({ identity }) => identity?.pid ?? [])); });
  const end = async (how: (process: ServerProcess) => Promise<void>): Promise<void> => {
    await Promise.all(layout.processes.map(how));
    guard.release();
    await ports.release();
  };
  try {
    if (!compiled.reuseData) await removeData(compiled.directory);
    await layout.prepare();
    await Promise.all(layout.processes.map((process) => process.spawn()));
    await layout.whenReady();
  } catch (error) {
    await end((process) => process.kill());
    throw error;
  }
  const { brokers } = layout;
  return {
    brokers: brokers.map(({ address }) => address),
    bootstrap: brokers.map(({ address }) => address).join(','),
    registryUrl: layout.registryUrl,
    security: compiled.security ? describeSecurity(compiled.directory, ports.basePort, brokers.map(({ id }) => id)) : null,
    broker(id) {
      const found = brokers.find((broker) => broker.id === id);
      if (found === undefined) throw new MillraceError('MILL_CONFIG_INVALID', `This stack has no broker ${id}`);
      return found;
    },
    controllerId: () => askAny(brokers, ports.basePort),
    stop: () => end((process) => process.stop(STOP_WITHIN_MS)),
    kill: () => end((process) => process.kill()),
  };
}

async function askAny(brokers: readonly Broker[], basePort: number): Promise<number> {
  const failures: unknown[] = [];
  for (const { id } of brokers) {
    try {
      return await activeController(HOST, brokerPorts(basePort, id).plaintext);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new MillraceError('MILL_STACK_FAILED', 'No broker says who the active controller is', { cause: failures[0] });
}

export interface StackLayout {
  readonly processes: readonly ServerProcess[];
  readonly brokers: readonly Broker[];
  readonly registryUrl: string | null;
  /** Writes configurations and formats new data directories. */
  prepare(): Promise<void>;
  /** Until all answer, and every broker knows all others. */
  whenReady(): Promise<void>;
}

export function layOut(options: CompiledStackOptions, servers: Servers, basePort: number, onChange: () => void): StackLayout {
  const { directory, brokers: count, heapMb, compiler, readyTimeoutMs } = options;
  const archive: string[] = [];
  const ids = Array.from({ length: count }, (_, i) => i + 1);
  const parts = ids.map((id) => {
    const folder = path.join(directory, `broker-${id}`);
    const dataDirectory = path.join(folder, 'data');
    const file = path.join(folder, 'server.properties');
    const process = new ServerProcess({
      name: `broker ${id}`, logFile: path.join(folder, 'server.log'), javaArguments: brokerArguments(servers, file, { heapMb, compiler, archive }),
    }, onChange);
    const text = brokerProperties({ id, brokers: count, basePort, dataDirectory, security: options.security ? securityConfig(directory, basePort, id) : null, overrides: options.brokerConfig });
    const format = formatArguments(servers, archive, ['--cluster-id', clusterId(directory), '--config', file, ...(options.security ? scramUsers() : [])]);
    return { process, broker: new Broker(id, basePort, process, readyTimeoutMs), prepare: () => prepareBroker({ file, text }, dataDirectory, format) };
  });
  const registryDirectory = path.join(directory, 'registry');
  const port = registryPort(basePort);
  const registry = options.registry ? new ServerProcess({
    name: 'the schema registry', logFile: path.join(registryDirectory, 'server.log'), javaArguments: registryArguments(servers, archive, registrySettings(registryDirectory, port)),
  }, onChange) : null;
  const url = registry === null ? null : registryUrl(port);
  return {
    processes: [...parts.map(({ process }) => process), ...(registry === null ? [] : [registry])],
    brokers: parts.map(({ broker }) => broker),
    registryUrl: url,
    async prepare() {
      await mkdir(directory, { recursive: true });
      if (options.security) await prepareSecurity(directory);
      await Promise.all(parts.map(({ prepare }) => prepare()));
    },
    async whenReady() {
      await Promise.all([
        ...parts.map(({ broker }) => broker.whenServing(ids)),
        ...(registry === null || url === null ? [] : [whenRegistryServes(registry, url, readyTimeoutMs)]),
      ]);
    },
  };
}

async function removeData(directory: string): Promise<void> {
  await Promise.all(['broker-1', 'broker-2', 'broker-3', 'registry', 'security'].map((name) => rm(path.join(directory, name), { recursive: true, force: true })));
}

/** The same for all brokers of a directory, and for no other. Kafka takes 16 bytes that do not begin with a dash. */
const clusterId = (directory: string): string =>
  createHash('sha256').update(path.resolve(directory)).digest().subarray(0, 16).toString('base64url').replace(/^-/, 'M');
