/** An instance in this process: owns the data directory, and runs the stages that are configured, unless it only observes. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../connectors/ports/index.ts';
import { openModelHost, type ModelHost, type TaskName } from '../../processors/inference/index.ts';
import { buildMediaTopology, createMediaServices, needsOf, STAGES, TOPICS } from '../../topology/media/index.ts';
import { Streams } from '../../topology/index.ts';
import type { Config } from '../config/index.ts';
import { listModels } from '../models/index.ts';
import type { Paths } from '../paths.ts';
import { openSources } from '../profile/index.ts';
import type { Instance, ModelStatus } from './instance.ts';
import { observe } from './observe.ts';
import { serveInstance } from './server.ts';
import { openIdleStores, openOwnedStores } from './stores.ts';

/** For what is in flight; what is not done by then is done again after the next start. */
const CLOSE_TIMEOUT_MS = 5_000;
/** For what cannot be cut short: a commit that is being written, the log itself. */
const CLOSE_GRACE_MS = 15_000;

export interface LocalOptions {
  /** Hears what a person should know. */
  readonly notice?: (line: string) => void;
  /** Ends the wait for servers that are down. */
  readonly signal?: AbortSignal;
  /** Is given the Streams before they start. */
  readonly watch?: (streams: Streams) => void;
}

export interface Owner extends Instance {
  /** Rejects when the streams fail for good. */
  readonly failed: Promise<never>;
}

/** Opens the data directory, waits for the servers, starts the topology and listens on the socket. @throws MillraceError MILL_STATE_LOCKED */
export async function openOwner(config: Config, paths: Paths, { notice = () => undefined, signal, watch }: LocalOptions = {}): Promise<Owner> {
  const stages = config.stages ?? STAGES;
  const needs = needsOf(stages);
  const stores = await openOwnedStores(config, paths, needs, { notice, ...(signal === undefined ? {} : { signal }) });
  const models = await openModelHost({ modelsDirectory: path.join(paths.cache, 'models'), tasks: needs.models, log: notice, closeTimeoutMs: 0 });
  const { blobs, written, mediaSerdes: serdes } = stores;
  const services = createMediaServices({ stages, models, sources: openSources(config), ...(blobs === undefined ? {} : { blobs }), ...written });
  const topology = buildMediaTopology({ services, stages, serdes, notice });
  const streams = new Streams(topology, { applicationId: config.applicationId, driver: stores.driver, deadLetterTopic: TOPICS.deadLetters });
  watch?.(streams);
  const failed = new Promise<never>((_resolve, reject) => {
    streams.onStateChange((state) => { if (state === 'ERROR' && streams.error !== null) reject(streams.error); });
  });
  failed.catch(() => undefined);
  const instance = observe(config, paths, stores, { streams, models: servedModels(models, needs.models) });
  const close = (): Promise<void> => inTime((async () => {
    await streams.close({ timeoutMs: CLOSE_TIMEOUT_MS });
    await models.close();
    await instance.close();
  })());
  try {
    await streams.start();
    const server = await serveInstance(instance, paths.socket);
    return {
      ...instance,
      failed,
      async close() {
        server.closeAllConnections();
        server.close();
        await close();
      },
    };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** A disk that does not answer, for one, keeps a commit and the closing of the log waiting for ever. */
async function inTime(closing: Promise<void>): Promise<void> {
  const patience = new AbortController();
  const gaveUp = sleep(CLOSE_TIMEOUT_MS + CLOSE_GRACE_MS, undefined, { signal: patience.signal }).then(() => {
    throw new MillraceError('MILL_TIMEOUT', 'Closing the data directory took too long.', { hint: 'Nothing is lost: what was committed is kept, and the rest is processed again at the next start.' });
  });
  try {
    await Promise.race([closing, gaveUp]);
  } finally {
    patience.abort();
    gaveUp.catch(() => undefined);
  }
}

/** Opens the data directory to look and to submit; runs nothing. */
export async function openIdle(config: Config, paths: Paths): Promise<Instance> {
  const { models } = needsOf(config.stages ?? STAGES);
  return observe(config, paths, await openIdleStores(config, paths), { models: await installedModels(paths.cache, models) });
}

/** What lies in the cache, where no host has opened it. A damaged model is one that serves nothing. */
async function installedModels(cacheDirectory: string, tasks: readonly TaskName[]): Promise<ModelStatus[]> {
  return (await listModels({ cacheDirectory })).filter(({ card }) => card.default && tasks.includes(card.task)).map(({ card: { task, name, version }, found }) =>
    (found.state === 'installed' ? { task, model: `${name}@${version}`, reason: null } : { task, model: null, reason: found.reason }));
}

function servedModels(models: ModelHost, tasks: readonly TaskName[]): ModelStatus[] {
  return tasks.map((task) => {
    const model = models.describe(task);
    return model === undefined ? { task, model: null, reason: models.missingReason(task) } : { task, model: `${model.name}@${model.version}`, reason: null };
  });
}
