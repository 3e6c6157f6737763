/**
 * The real servers, each behind a proxy where a scenario needs one, and the program beside them: `millrace run` in a
 * process of its own, as people run it.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../ops/instance/index.ts';
import { startElasticsearch, startKafkaStack, startS3, type ElasticsearchServer, type KafkaStack, type S3Server } from '../../ops/stack/index.ts';
import { runCli, startCli, type CliProcess, type CliResult } from '../support/cli.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { whenReachable } from '../support/instance.ts';
import { startProxy, type Proxy } from './proxy.ts';

export interface World {
  readonly kafka: KafkaStack;
  readonly elasticsearch: ElasticsearchServer;
  readonly s3: S3Server;
  readonly proxies: { readonly elasticsearch: Proxy; readonly s3: Proxy; readonly registry: Proxy };
  readonly indexPrefix: string;
  readonly folder: string;
  /** How long a server is away. */
  readonly outageMs: number;
  /** The instance that runs. */
  readonly instance: Instance;
  /** Another command beside it. */
  cli(...args: string[]): Promise<CliResult>;
  close(): Promise<void>;
}

/** Small, so that an ordinary bulk runs into it. */
const MAX_REQUEST = '1mb';
const REQUEST_TIMEOUT_MS = 10_000;

export async function openWorld(outageMs: number): Promise<World> {
  const folder = await temporaryFolder();
  const undo: (() => Promise<void>)[] = [() => removeFolder(folder)];
  const close = async (): Promise<void> => { for (const step of undo.splice(0).reverse()) await step(); };
  try {
    const [kafka, elasticsearch, s3] = await Promise.all([
      startKafkaStack({ directory: path.join(folder, 'kafka'), registry: true }),
      startElasticsearch({ directory: path.join(folder, 'search'), settings: { 'http.max_content_length': MAX_REQUEST } }),
      startS3({ directory: path.join(folder, 's3') }),
    ]);
    undo.push(() => kafka.kill(), () => elasticsearch.close(), () => s3.close());
    const through = async (address: string): Promise<{ proxy: Proxy; url: string }> => {
      const target = new URL(address);
      const proxy = await startProxy(target);
      undo.push(() => proxy.close());
      target.port = String(proxy.port);
      return { proxy, url: target.href.replace(/\/$/, '') };
    };
    const [search, objects, registry] = [await through(elasticsearch.url), await through(s3.endpoint), await through(kafka.registryUrl ?? '')];
    const indexPrefix = `outage-${randomBytes(3).toString('hex')}`;
    const env = {
      MILLRACE_PROFILE: 'cluster',
      MILLRACE_KAFKA_BROKERS: kafka.bootstrap,
      MILLRACE_SCHEMA_REGISTRY: registry.url,
      MILLRACE_ELASTICSEARCH: search.url,
      MILLRACE_ELASTICSEARCH_INDEX_PREFIX: indexPrefix,
      MILLRACE_S3_ENDPOINT: objects.url,
      MILLRACE_S3_ACCESS_KEY: s3.accessKey,
      MILLRACE_S3_SECRET_KEY: s3.secretKey,
      // A half-open connection is found by them.
      MILLRACE_ELASTICSEARCH_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
      MILLRACE_S3_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
    };
    const data = path.join(folder, 'data');
    const program = startCli(['run'], { data, env });
    undo.push(() => ended(program));
    const instance = await whenReachable(data, program.ended);
    undo.push(() => instance.close());
    return {
      kafka, elasticsearch, s3, indexPrefix, folder, outageMs, instance, close,
      proxies: { elasticsearch: search.proxy, s3: objects.proxy, registry: registry.proxy },
      cli: (...args) => runCli(args, { data, env }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const END_WITHIN_MS = 30_000;

async function ended(program: CliProcess): Promise<void> {
  program.process.kill('SIGTERM');
  await Promise.race([program.ended, sleep(END_WITHIN_MS, undefined, { ref: false })]);
  program.killAll();
}
