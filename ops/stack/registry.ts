/** The schema registry of a stack: Apicurio, which speaks Confluent's protocol. It keeps its data in a file. */
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { HOST, registryPort } from './ports.ts';
import { statusOf } from './server.ts';
import type { ServerProcess } from './server-process.ts';

export class Registry {
  readonly url: string;
  readonly #directory: string;
  readonly #process: ServerProcess;
  readonly #readyTimeoutMs: number;
  #isNew = false;

  constructor(directory: string, basePort: number, process: ServerProcess, readyTimeoutMs: number) {
    this.url = registryUrl(basePort);
    this.#directory = directory;
    this.#process = process;
    this.#readyTimeoutMs = readyTimeoutMs;
  }

  async prepare(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    this.#isNew = await access(`${dataFile(this.#directory)}.mv.db`).then(() => false, () => true);
  }

  async answers(): Promise<boolean> {
    return (await statusOf(`${this.url}/subjects`)) === 200;
  }

  /** Until it answers. A new one then gets the compatibility that Confluent's has from the start. */
  async whenServing(): Promise<void> {
    await this.#process.whenReady(() => this.answers(), this.#readyTimeoutMs);
    if (!this.#isNew) return;
    const body = JSON.stringify({ compatibility: 'BACKWARD' });
    const response = await fetch(`${this.url}/config`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
    if (!response.ok) throw new MillraceError('MILL_STACK_FAILED', `The schema registry refuses its configuration: ${response.status} ${await response.text()}`);
  }
}

export const registryUrl = (basePort: number): string => `http://${HOST}:${registryPort(basePort)}/apis/ccompat/v7`;

const dataFile = (directory: string): string => path.join(directory, 'registry');

/** Settings of the server. */
export const registrySettings = (directory: string, basePort: number): Readonly<Record<string, string>> => ({
  'quarkus.http.host': HOST,
  'quarkus.http.port': String(registryPort(basePort)),
  'quarkus.log.level': 'WARN',
  'quarkus.datasource.jdbc.url': `jdbc:h2:file:${dataFile(directory)}`,
  'quarkus.datasource.jdbc.initial-size': '1',
  'quarkus.datasource.jdbc.min-size': '1',
  'quarkus.datasource.jdbc.max-size': '8',
});
