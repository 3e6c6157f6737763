/**
 * The Elasticsearch of a stack, started by its own script, which ends when the server runs.
 *
 *   <directory>/elasticsearch/    conf/, data/, logs/, tmp/, server.pid, server.log
 */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { Java } from '../java.ts';
import { elasticsearchPorts, HOST } from '../ports.ts';
import { ANSWER_WITHIN_MS, statusOf, type StackServer } from '../server.ts';
import { ServerProcess } from '../server-process.ts';
import { elasticsearchYaml, jvmOptions, loggingProperties } from './config.ts';
import { ELASTICSEARCH_VERSION } from './fetch-elasticsearch.ts';
import type { RunAs } from './run-as.ts';

const NAME = 'elasticsearch';

export interface ElasticsearchProgram {
  readonly home: string;
  readonly java: Java;
  readonly runAs: RunAs;
}

export interface ElasticsearchLayout {
  /** Of the stack. */
  readonly directory: string;
  readonly basePort: number;
  readonly heapMb: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly readyTimeoutMs: number;
}

export class Elasticsearch implements StackServer {
  readonly process: ServerProcess;
  readonly address: string;
  readonly stopWithinMs = 30_000;
  readonly #program: ElasticsearchProgram;
  readonly #layout: ElasticsearchLayout;
  readonly #folder: string;

  constructor(program: ElasticsearchProgram, layout: ElasticsearchLayout, onChange: () => void) {
    this.#program = program;
    this.#layout = layout;
    this.#folder = path.join(layout.directory, NAME);
    this.address = `http://${HOST}:${elasticsearchPorts(layout.basePort).http}`;
    const pidFile = this.#in('server.pid');
    const [command, ...args] = [...program.runAs.prefix, 'bash', path.join(program.home, 'bin', 'elasticsearch'), '-d', '-p', pidFile];
    this.process = new ServerProcess({ name: NAME, command, args, env: this.#environment(), pidFile, logFile: this.#in('server.log') }, onChange);
  }

  async prepare(): Promise<void> {
    const { home, runAs } = this.#program;
    const { basePort, settings } = this.#layout;
    const [dataDirectory, logDirectory] = [this.#in('data'), this.#in('logs')];
    for (const folder of [this.#in('conf'), dataDirectory, logDirectory, this.#in('tmp')]) await mkdir(folder, { recursive: true });
    await writeFile(this.#in('conf', 'elasticsearch.yml'), elasticsearchYaml({ basePort, dataDirectory, logDirectory, overrides: settings }));
    await writeFile(this.#in('conf', 'log4j2.properties'), loggingProperties(this.process.logFile));
    await writeFile(this.#in('conf', 'jvm.options'), jvmOptions(await readFile(path.join(home, 'config', 'jvm.options'), 'utf8')));
    // It is there before the server is, so that it belongs to the server's user.
    await appendFile(this.process.logFile, '');
    await runAs.own(this.#folder);
    await runAs.check(home, dataDirectory);
  }

  /** Whether it serves what it has. */
  async answers(): Promise<boolean> {
    return (await statusOf(`${this.address}/_cluster/health?wait_for_status=yellow&timeout=1s`)) === 200;
  }

  async whenServing(): Promise<void> {
    await this.process.whenReady(() => this.answers(), this.#layout.readyTimeoutMs);
    const response = await fetch(this.address, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const { version } = (await response.json()) as { version?: { number?: string } };
    if (version?.number !== ELASTICSEARCH_VERSION) throw new MillraceError('MILL_STACK_FAILED', `${this.address} is Elasticsearch ${version?.number ?? 'of no version'}, not ${ELASTICSEARCH_VERSION}`);
  }

  #in(...names: string[]): string {
    return path.join(this.#folder, ...names);
  }

  /** Nothing of the user's own: its script and its JVM take options from many variables. */
  #environment(): NodeJS.ProcessEnv {
    const heap = `${this.#layout.heapMb}m`;
    return {
      PATH: process.env['PATH'],
      HOME: this.#folder,
      LANG: 'C.UTF-8',
      ES_JAVA_HOME: this.#program.java.home,
      ES_PATH_CONF: this.#in('conf'),
      ES_TMPDIR: this.#in('tmp'),
      ES_JAVA_OPTS: `-Xms${heap} -Xmx${heap}`,
    };
  }
}
