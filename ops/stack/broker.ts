/** One broker of a stack. */
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { runCommand } from '../system/index.ts';
import { lastReasons } from './log-lines.ts';
import { brokerPorts, HOST } from './ports.ts';
import type { ServerProcess } from './server-process.ts';
import { liveBrokers } from './wire.ts';

const STOP_WITHIN_MS = 30_000;

export class Broker {
  readonly id: number;
  /** host:port, PLAINTEXT */
  readonly address: string;
  readonly #port: number;
  readonly #process: ServerProcess;
  readonly #readyTimeoutMs: number;

  constructor(id: number, basePort: number, process: ServerProcess, readyTimeoutMs: number) {
    this.id = id;
    this.#port = brokerPorts(basePort, id).plaintext;
    this.address = `${HOST}:${this.#port}`;
    this.#process = process;
    this.#readyTimeoutMs = readyTimeoutMs;
  }

  /** @throws MillraceError MILL_STACK_FAILED while it is down */
  get pid(): number {
    return this.#process.pid;
  }

  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** SIGTERM: leaders move away first. SIGKILL after 30 s. */
  stop(): Promise<void> {
    return this.#process.stop(STOP_WITHIN_MS);
  }

  /** Resolves when it serves again. */
  async start(): Promise<void> {
    await this.#process.spawn();
    await this.whenServing([this.id]);
  }

  /** SIGSTOP */
  pause(): void {
    this.#process.signal('SIGSTOP');
  }

  /** SIGCONT */
  resume(): void {
    this.#process.signal('SIGCONT');
  }

  /** Ids of the brokers that serve, as this one sees it. @throws Error when it does not answer */
  liveBrokers(): Promise<number[]> {
    return liveBrokers(HOST, this.#port);
  }

  answers(): Promise<boolean> {
    return this.liveBrokers().then((ids) => ids.includes(this.id), () => false);
  }

  /** Until it answers, and counts these among the brokers that serve. */
  whenServing(ids: readonly number[]): Promise<void> {
    return this.#process.whenReady(async () => {
      const live = await this.liveBrokers();
      return ids.every((id) => live.includes(id));
    }, this.#readyTimeoutMs);
  }
}

/** Writes its configuration, and formats its data directory when that is new. */
export async function prepareBroker(properties: { readonly file: string; readonly text: string }, dataDirectory: string, formatCommand: readonly string[]): Promise<void> {
  await mkdir(path.dirname(properties.file), { recursive: true });
  await writeFile(properties.file, properties.text);
  if (await access(path.join(dataDirectory, 'meta.properties')).then(() => true, () => false)) return;
  const result = await runCommand('java', formatCommand);
  if (result.exitCode !== 0) throw new MillraceError('MILL_STACK_FAILED', `The data directory of a broker cannot be formatted:\n${lastReasons(result.stdout + result.stderr)}`);
}
