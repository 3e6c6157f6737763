/** One server that a program starts for itself, to stop, kill, pause and start again. It ends with that program (guard.ts). */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startGuard, type Guard } from './guard.ts';
import { claimPorts, type PortBlock } from './ports.ts';
import type { StackServer } from './server.ts';

export class SingleServer<T extends StackServer> {
  protected readonly server: T;
  readonly #guard: Guard;
  readonly #ports: PortBlock;
  #closed = false;

  constructor({ server, guard, ports }: SingleServerParts<T>) {
    this.server = server;
    this.#guard = guard;
    this.#ports = ports;
  }

  /** @throws MillraceError MILL_STACK_FAILED while it is down */
  get pid(): number {
    return this.server.process.pid;
  }

  get logFile(): string {
    return this.server.process.logFile;
  }

  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void> {
    return this.server.process.kill();
  }

  /** SIGTERM, and SIGKILL when it takes too long. Resolves when it is gone. */
  stop(): Promise<void> {
    return this.server.process.stop(this.server.stopWithinMs);
  }

  /** After `kill` or `stop`: with its data, at the same address. Resolves when it serves. */
  async start(): Promise<void> {
    await this.server.process.spawn();
    await this.server.whenServing();
  }

  /** SIGSTOP */
  pause(): void {
    this.server.process.signal('SIGSTOP');
  }

  /** SIGCONT */
  resume(): void {
    this.server.process.signal('SIGCONT');
  }

  /** Kills it, and gives its ports back. */
  async close(): Promise<void> {
    await this.kill();
    // Its ports may be somebody else's by the second time.
    if (this.#closed) return;
    this.#closed = true;
    this.#guard.release();
    await this.#ports.release();
  }
}

export interface SingleServerParts<T extends StackServer> {
  readonly server: T;
  readonly guard: Guard;
  readonly ports: PortBlock;
}

export interface SingleServerOptions {
  readonly directory: string;
  /** @default a free block */
  readonly basePort?: number | undefined;
  /** Otherwise what an earlier one left is removed. */
  readonly reuseData: boolean;
}

/** @param layOut lays out the server, which calls `onChange` when it has a new process or none */
export async function startSingleServer<T extends StackServer, S extends SingleServer<T>>(
  { directory, basePort, reuseData }: SingleServerOptions,
  layOut: (basePort: number, onChange: () => void) => T,
  wrap: new (parts: SingleServerParts<T>) => S,
): Promise<S> {
  const ports = basePort === undefined ? await claimPorts() : { basePort, release: async () => undefined };
  const guard = startGuard();
  const server = layOut(ports.basePort, () => {
    const { identity } = server.process;
    guard.watch(identity === null ? [] : [identity.pid]);
  });
  const single = new wrap({ server, guard, ports });
  try {
    if (!reuseData) await rm(path.join(directory, server.process.name), { recursive: true, force: true });
    await server.prepare();
    await single.start();
  } catch (error) {
    await single.close();
    throw error;
  }
  return single;
}
