/**
 * One request to the registry, by the HTTP client of @kafkajs/confluent-schema-registry.
 *
 * That client turns a refused connection into "status 400", keeps no error code of the registry, and waits for ever
 * for an answer that was cut off. So a middleware of ours sits beneath its own: it takes each answer as it came, and
 * the others see a success that they leave alone. Retries are ours too (with-retries.ts): theirs share their options
 * between all clients of a process.
 */
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import type apiModule from '@kafkajs/confluent-schema-registry/dist/api/index.js';
import type { CompiledRegistryOptions } from './options.ts';

// Whether the default export of a CommonJS module is its default or the whole module depends on who compiled the import.
const { default: createApi } = createRequire(import.meta.url)('@kafkajs/confluent-schema-registry/dist/api/index.js') as typeof apiModule;

/** What an HTTP server said. */
export interface Answer {
  readonly status: number;
  /** Parsed; `undefined` when it is no JSON. */
  readonly body: unknown;
}

export type Resource =
  | readonly ['Schema', 'find', { readonly id: number }]
  | readonly ['Subject', 'version', { readonly subject: string; readonly version: number }]
  | readonly ['Subject', 'latestVersion', { readonly subject: string }]
  | readonly ['Subject', 'registered' | 'register', { readonly subject: string; readonly body: { readonly schema: string } }];

/** Of mappersmith, on which the library's client is built. */
interface RawResponse {
  status(): number;
  rawData(): unknown;
  error(): Error | null;
  enhance(extras: { readonly status: number }): RawResponse;
}
type Middleware = () => { response(next: () => Promise<RawResponse>, renew: unknown, request: { context(): unknown }): Promise<RawResponse> };
type Method = (params: object, context: object) => Promise<unknown>;

/** Travels with a request, and brings back what came of it. */
interface Slot {
  response?: RawResponse;
}

const keepAnswer: Middleware = () => ({
  response: async (next, _renew, request) => {
    const response = await next().catch((failed: unknown) => failed as RawResponse);
    (request.context() as { slot: Slot }).slot.response = response;
    return response.enhance({ status: 200 });
  },
});

/** Idle connections close by themselves, and keep no process alive. */
const MAX_SOCKETS = 8;

export class RegistryApiClient {
  readonly #methods: Readonly<Record<string, Readonly<Record<string, Method>>>>;
  readonly #timeoutMs: number;

  constructor({ url, auth, tls, timeoutMs }: CompiledRegistryOptions) {
    const settings = { keepAlive: true, maxSockets: MAX_SOCKETS };
    const agent = url.startsWith('https:') ? new https.Agent({ ...settings, ...tls }) : new http.Agent(settings);
    const api = createApi({ host: url, agent, retry: {}, ...(auth === undefined ? {} : { auth }) }) as unknown as {
      readonly _manifest: { readonly middleware: Middleware[] };
    };
    // The first is the innermost.
    api._manifest.middleware.unshift(keepAnswer);
    this.#methods = api as unknown as Readonly<Record<string, Readonly<Record<string, Method>>>>;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws Error when there was no answer, or not in time. */
  async request([resource, method, params]: Resource): Promise<Answer> {
    const call = this.#methods[resource]?.[method];
    if (call === undefined) throw new TypeError(`The registry client has no ${resource}.${method}`);
    const slot: Slot = {};
    const signal = AbortSignal.timeout(this.#timeoutMs);
    await Promise.race([call({ ...params, signal }, { slot }), aborted(signal, this.#timeoutMs)]);
    const { response } = slot;
    if (response === undefined) throw new Error('no answer');
    const failure = response.error();
    if (failure !== null) throw failure;
    return { status: response.status(), body: parseJson(response.rawData()) };
  }
}

function aborted(signal: AbortSignal, timeoutMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => { reject(new Error(`no answer within ${timeoutMs} ms`)); }, { once: true });
  });
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
