/**
 * The one client of a connector: `@elastic/elasticsearch` with our options, our retries and our errors. Everything that
 * talks to Elasticsearch goes through `call` (tried again a few times while the server is busy or away) or `attempt`
 * (once); the client's own retries are off, so that each try is counted in one place. With several addresses the client
 * passes over those that failed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { MillraceError } from '../ports/index.ts';
import { toIndexError } from './errors.ts';
import type { CompiledElasticsearchOptions } from './options.ts';
import { shownUrls } from './urls.ts';

const ATTEMPTS = 3;
const BACKOFF_MS = 200;
const MIN_MAJOR = 9;

export interface ServerVersion {
  readonly number: string;
  readonly major: number;
  readonly minor: number;
}

export class ElasticsearchClient {
  /** For messages. */
  readonly address: string;
  readonly requestTimeoutMs: number;
  readonly #client: Client;
  #closed = false;

  constructor({ url, auth, ca, requestTimeoutMs, bulk }: CompiledElasticsearchOptions) {
    this.address = shownUrls(url);
    this.requestTimeoutMs = requestTimeoutMs;
    this.#client = new Client({
      nodes: [...url],
      ...(auth === undefined ? {} : { auth }),
      ...(ca === undefined ? {} : { tls: { ca } }),
      requestTimeout: requestTimeoutMs,
      maxRetries: 0,
      compression: false,
      // Writes must not make reads wait for a connection.
      agent: { connections: bulk.concurrency + 8, keepAliveTimeout: 30_000 },
    });
  }

  /** Once. @param what what is done, for messages: "the search" */
  async attempt<Result>(what: string, work: (client: Client) => Promise<Result>): Promise<Result> {
    this.#assertOpen();
    try {
      return await work(this.#client);
    } catch (error) {
      this.#assertOpen(error);
      throw toIndexError(error, what, this.address);
    }
  }

  /**
   * A few times, with jitter, while the server is busy or away. For what may be done twice.
   * @throws MillraceError MILL_INDEX_UNAVAILABLE, MILL_INDEX_REFUSED, MILL_CLOSED
   */
  async call<Result>(what: string, work: (client: Client) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(what, work);
      } catch (error) {
        if (!(error instanceof MillraceError && error.transient) || attempt === ATTEMPTS) throw error;
      }
      await sleep(BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }

  /** @throws MillraceError MILL_INDEX_REFUSED where the server is older than 9: 8.x keeps vectors elsewhere, and names other defaults */
  async serverVersion(): Promise<ServerVersion> {
    const { version } = await this.call('the question for its version', (client) => client.info());
    const [major = 0, minor = 0] = version.number.split('.').map(Number);
    if (major >= MIN_MAJOR) return { number: version.number, major, minor };
    throw new MillraceError('MILL_INDEX_REFUSED', `Elasticsearch at ${this.address} is version ${version.number}; Millrace needs ${MIN_MAJOR} or newer`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.close();
  }

  #assertOpen(cause?: unknown): void {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'the connection to Elasticsearch was closed', { cause });
  }
}
