/** An instance in this process: owns the data directory, and runs the topology unless it only observes. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFileBlobStore, openSearchIndex } from '../../connectors/embedded/index.ts';
import { MillraceError, type AssetIndexDocument, type LogDriver, type SearchIndex } from '../../connectors/ports/index.ts';
import { openModelHost, TASK_NAMES, type ModelHost } from '../../processors/inference/index.ts';
import { openSerdes, type AssetDocument, type Serdes } from '../../schemas/index.ts';
import { buildMediaTopology, createMediaServices, mediaTopicSpecs, stageProgress, TOPICS } from '../../topology/media/index.ts';
import { problemsOf, Streams } from '../../topology/index.ts';
import { listModels } from '../models/index.ts';
import type { Config } from '../config/index.ts';
import type { Paths } from '../paths.ts';
import { openLog } from '../profile/index.ts';
import { readAudit } from './audit.ts';
import { deadLetters } from './dead-letters.ts';
import type { AssetSummary, Instance, ModelStatus, StatusReport } from './instance.ts';
import { serveInstance } from './server.ts';

/** For what is in flight; what is not done by then is done again after the next start. */
const CLOSE_TIMEOUT_MS = 5_000;
/** For what cannot be cut short: a commit that is being written, the log itself. */
const CLOSE_GRACE_MS = 15_000;

export interface LocalOptions {
  /** Hears what a person should know. */
  readonly notice?: (line: string) => void;
  /** Is given the Streams before they start. */
  readonly watch?: (streams: Streams) => void;
}

export interface Owner extends Instance {
  /** Rejects when the streams fail for good. */
  readonly failed: Promise<never>;
}

/** Opens the data directory, starts the topology and listens on the socket. @throws MillraceError MILL_STATE_LOCKED */
export async function openOwner(config: Config, paths: Paths, { notice = () => undefined, watch }: LocalOptions = {}): Promise<Owner> {
  const store = await openStore(config, paths, { owner: true });
  const blobs = await openFileBlobStore({ directory: paths.blobs });
  const models = await openModelHost({ modelsDirectory: path.join(paths.cache, 'models'), log: notice, closeTimeoutMs: 0 });
  const services = createMediaServices({ blobs, models, searchIndex: store.searchIndex });
  const topology = buildMediaTopology({ services, serdes: store.serdes });
  const streams = new Streams(topology, { applicationId: config.applicationId, driver: store.driver, deadLetterTopic: TOPICS.deadLetters });
  watch?.(streams);
  const failed = new Promise<never>((_resolve, reject) => {
    streams.onStateChange((state) => { if (state === 'ERROR' && streams.error !== null) reject(streams.error); });
  });
  failed.catch(() => undefined);
  const instance = observe(config, paths, store, { streams, models: servedModels(models) });
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
  const store = await openStore(config, paths, { owner: false });
  return observe(config, paths, store, { models: await installedModels(paths.cache) });
}

interface Store {
  readonly driver: LogDriver;
  readonly serdes: Serdes;
  readonly searchIndex: SearchIndex;
  readonly close: () => Promise<void>;
}

async function openStore(config: Config, paths: Paths, { owner }: { readonly owner: boolean }): Promise<Store> {
  const log = await openLog(config, paths, { owner });
  try {
    const serdes = await openSerdes(log.registry);
    await log.driver.ensureTopics(mediaTopicSpecs());
    const searchIndex = await openSearchIndex({ directory: paths.index });
    return {
      driver: log.driver,
      serdes,
      searchIndex,
      async close() {
        await searchIndex.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

interface Running {
  readonly streams?: Streams;
  readonly models: readonly ModelStatus[];
}

function observe({ applicationId }: Config, paths: Paths, { driver, serdes, searchIndex, close }: Store, { streams, models }: Running): Instance {
  const letters = deadLetters(driver, serdes);
  return {
    submit: (events) => driver.produce(events.map((event) => ({
      topic: TOPICS.assets, timestampMs: event.submittedAtMs, key: Buffer.from(event.assetId), value: serdes.assetSubmitted.serialize(event), headers: {},
    }))),
    remove: (assetIds) => driver.produce(assetIds.map((assetId) => ({
      topic: TOPICS.assets, timestampMs: Date.now(), key: Buffer.from(assetId), value: null, headers: {},
    }))),
    assets: async (assetIds) => (await searchIndex.assets(assetIds)).map(summaryOf),
    assetsUnder: (library, folderUri) => assetsUnder(searchIndex, library, folderUri),
    status: async () => {
      const { assets, moments, byState } = await searchIndex.counts();
      return {
        state: streams?.state ?? 'STOPPED',
        processId: streams === undefined ? null : process.pid,
        dataDirectory: paths.data,
        assets: { total: assets, byState },
        moments,
        stages: await stageProgress(driver, applicationId),
        deadLetters: await letters.count(),
        problems: streams === undefined ? [] : problemLines(streams),
        models,
      } satisfies StatusReport;
    },
    deadLetters: (limit, filter) => letters.newest(limit, filter),
    deadLetter: (id) => letters.get(id),
    retryDeadLetters: (filter) => letters.retry(filter),
    purgeDeadLetters: (filter) => letters.purge(filter),
    auditEnd: () => driver.endOffsets(TOPICS.audit),
    audit: async (from) => {
      // Whoever follows would wait for ever: nothing is processed any more.
      if (streams !== undefined && streams.error !== null) throw streams.error;
      return readAudit(driver, serdes.auditEvent, from);
    },
    close,
  };
}

const ASSETS_PER_READ = 1000;

async function assetsUnder(searchIndex: SearchIndex, library: string, folderUri: string): Promise<AssetSummary[]> {
  const found: AssetSummary[] = [];
  for (let after = ''; ;) {
    const page = await searchIndex.listAssets({ library, after, limit: ASSETS_PER_READ });
    found.push(...page.filter(({ sourceUri }) => sourceUri.startsWith(`${folderUri}/`)).map(summaryOf));
    const last = page.at(-1);
    if (last === undefined) return found;
    after = last.assetId;
  }
}

function summaryOf({ assetId, fileName, revision, state, body }: AssetIndexDocument): AssetSummary {
  const { reasons, durationMs } = body as AssetDocument;
  return { assetId, fileName, revision, state, reasons, durationMs };
}

/** What lies in the cache, where no host has opened it. A damaged model is one that serves nothing. */
async function installedModels(cacheDirectory: string): Promise<ModelStatus[]> {
  return (await listModels({ cacheDirectory })).filter(({ card }) => card.default).map(({ card: { task, name, version }, found }) =>
    (found.state === 'installed' ? { task, model: `${name}@${version}`, reason: null } : { task, model: null, reason: found.reason }));
}

function servedModels(models: ModelHost): ModelStatus[] {
  return TASK_NAMES.map((task) => {
    const model = models.describe(task);
    return model === undefined ? { task, model: null, reason: models.missingReason(task) } : { task, model: `${model.name}@${model.version}`, reason: null };
  });
}

/** One line for each kind of outage, or of failure after which tasks are waiting to be opened anew. */
const problemLines = (streams: Streams): string[] =>
  problemsOf(streams.metrics()).map(({ subtopologies, code, message, hint }) => `${subtopologies.join(', ')}: ${message} [${code}]. ${hint}`);
