/** The servers of the cluster profile, asked one by one whether they answer. */
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { openS3Client } from '../../connectors/minio/index.ts';
import { toMillraceError, type LogDriver } from '../../connectors/ports/index.ts';
import { TOPICS } from '../../topology/media/index.ts';
import type { Config } from '../config/index.ts';
import { elasticsearchOf, kafkaOf, registryOf, s3Of } from '../profile/index.ts';
import type { ServerStatus } from './instance.ts';

export type ServerName = ServerStatus['name'];

export interface ServerProbe {
  readonly name: ServerName;
  readonly address: string;
  /** Resolves with what there is to say of a server that answers; rejects for one that does not. */
  ask(signal: AbortSignal): Promise<string>;
}

const TIMEOUT_MS = 2_000;
/** With another answer than these a server is there. */
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

export function serverProbes(config: Config, driver: LogDriver): ServerProbe[] {
  const [kafka, registry, elasticsearch, s3] = [kafkaOf(config), registryOf(config), elasticsearchOf(config), s3Of(config)];
  return [
    ...(kafka === null ? [] : [{ name: 'Kafka' as const, address: kafka.brokers.join(','), ask: async () => { await driver.partitionCount(TOPICS.assets); return ''; } }]),
    ...(registry === null ? [] : [{
      name: 'schema registry' as const,
      address: registry.url,
      ask: async (signal: AbortSignal) => { await answerOf(`${registry.url.replace(/\/$/, '')}/schemas/types`, { login: registry.auth, signal }); return ''; },
    }]),
    ...(elasticsearch === null ? [] : [elasticsearchProbe(elasticsearch)]),
    ...(s3 === null ? [] : [{
      name: 'object store' as const,
      address: s3.endpoint,
      async ask() {
        const client = openS3Client({ ...s3, requestTimeoutMs: TIMEOUT_MS });
        try {
          return (await client.bucketExists(config.s3.blobBucket)) ? '' : `there is no bucket ${config.s3.blobBucket} yet`;
        } finally {
          client.close();
        }
      },
    }]),
  ];
}

function elasticsearchProbe({ url, auth, ca }: NonNullable<ReturnType<typeof elasticsearchOf>>): ServerProbe {
  const urls = typeof url === 'string' ? [url] : url;
  const login = auth !== undefined && 'username' in auth ? auth : undefined;
  const headers = auth !== undefined && 'apiKey' in auth ? { authorization: `ApiKey ${auth.apiKey}` } : {};
  return {
    name: 'Elasticsearch',
    address: urls.join(','),
    ask: async (signal) => {
      const answers = urls.map(async (each) => answerOf(each, { login, headers, ca, signal }));
      const body = await Promise.any(answers).catch((error: unknown) => { throw error instanceof AggregateError ? error.errors[0] : error; });
      const version = /"number"\s*:\s*"([^"]+)"/.exec(body)?.[1];
      return version === undefined ? '' : `version ${version}`;
    },
  };
}

interface Asked {
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ca?: string | undefined;
  readonly signal: AbortSignal;
}

function answerOf(url: string, { login, headers = {}, ca, signal }: Asked): Promise<string> {
  const options = { headers, signal, ...(ca === undefined ? {} : { ca }), ...(login === undefined ? {} : { auth: `${login.username}:${login.password}` }) };
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const status = response.statusCode ?? 0;
        if (status < 500 && !REFUSED.has(status)) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`it answers with status ${status}`));
      });
    };
    const asked = url.startsWith('https:') ? requestHttps(url, options, answered) : requestHttp(url, options, answered);
    asked.once('error', reject);
    asked.end();
  });
}

/** Never rejects, and takes no longer than two seconds in a process that is not busy itself. */
export async function askServer(probe: ServerProbe, timeoutMs = TIMEOUT_MS): Promise<ServerStatus> {
  const { name, address } = probe;
  const enough = new AbortController();
  const late = patience(timeoutMs, enough.signal).then(() => { throw new Error(`it did not answer within ${timeoutMs / 1000} s`); });
  try {
    return { name, address, state: 'up', detail: await Promise.race([probe.ask(enough.signal), late]) };
  } catch (error) {
    return { name, address, state: 'down', detail: toMillraceError(error).message };
  } finally {
    enough.abort();
    late.catch(() => undefined);
  }
}

/** In turns of the event loop, so that a process that was busy for seconds does not take a server for dead whose answer lies there. */
async function patience(timeoutMs: number, signal: AbortSignal): Promise<void> {
  const turns = 20;
  for (let turn = 0; turn < turns; turn++) await sleep(timeoutMs / turns, undefined, { signal });
}

/** Whoever follows the work asks for the status again and again: a server is asked once a second at most. */
export function onceASecond(ask: () => Promise<ServerStatus>, nowMs: () => number = Date.now): () => Promise<ServerStatus> {
  let last: { readonly atMs: number; readonly answer: Promise<ServerStatus> } | undefined;
  return () => {
    if (last === undefined || nowMs() - last.atMs >= 1000) last = { atMs: nowMs(), answer: ask() };
    return last.answer;
  };
}
