/**
 * Real brokers (KRaft) and a schema registry on this machine, without containers.
 *
 *   <directory>/broker-<id>/    server.properties, data/, server.log
 *               registry/       registry.mv.db, server.log
 *               security/       certificates, PEM
 *
 * The servers end with the program that started them, however it ends (guard.ts).
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { Broker } from './broker.ts';
import { layOutGuarded } from './layout.ts';
import { compileStackOptions, type KafkaStackOptions } from './options.ts';
import { brokerPorts, claimPorts, HOST } from './ports.ts';
import { prepareServers } from './prepare-servers.ts';
import { describeSecurity, type StackSecurity } from './security.ts';
import type { ServerProcess } from './server-process.ts';
import { activeController } from './wire.ts';

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
  const { servers, archives } = await prepareServers({ log: compiled.log });
  const ports = compiled.basePort === undefined ? await claimPorts() : { basePort: compiled.basePort, release: async () => undefined };
  const { layout, guard } = layOutGuarded(compiled, { servers, archives, basePort: ports.basePort });
  let ended = false;
  const end = async (how: (process: ServerProcess) => Promise<void>): Promise<void> => {
    await Promise.all(layout.processes.map(how));
    // Its ports may be somebody else's by the second time.
    if (ended) return;
    ended = true;
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
    registryUrl: layout.registry?.url ?? null,
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

async function removeData(directory: string): Promise<void> {
  await Promise.all(['broker-1', 'broker-2', 'broker-3', 'registry', 'security'].map((name) => rm(path.join(directory, name), { recursive: true, force: true })));
}
