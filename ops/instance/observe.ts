/** What an instance answers, whether it runs the topology or only looks. */
import type { AssetIndexDocument, LogDriver, SearchIndex } from '../../connectors/ports/index.ts';
import type { AssetDocument, Serdes } from '../../schemas/index.ts';
import { EVENTS, stageProgress, TOPICS } from '../../topology/media/index.ts';
import { problemsOf, type Streams } from '../../topology/index.ts';
import type { Config } from '../config/index.ts';
import type { Paths } from '../paths.ts';
import { elasticsearchOf } from '../profile/index.ts';
import { readAudit } from './audit.ts';
import { deadLetters } from './dead-letters.ts';
import type { AssetSummary, Instance, ModelStatus } from './instance.ts';
import { askServer, onceASecond, serverProbes } from './servers.ts';
import { reportOf } from './status-report.ts';

export interface Stores {
  readonly driver: LogDriver;
  /** Resolves when the topics are there too. */
  readonly serdes: () => Promise<Serdes>;
  /** `'empty'`: nothing was indexed yet. `'elsewhere'`: it lies in the data directory of another instance. */
  readonly index: () => Promise<SearchIndex | 'empty' | 'elsewhere'>;
  readonly close: () => Promise<void>;
}

export interface Running {
  readonly streams?: Streams;
  readonly models: readonly ModelStatus[];
}

export function observe(config: Config, paths: Paths, { driver, serdes, index, close }: Stores, { streams, models }: Running): Instance {
  const { applicationId } = config;
  const events = elasticsearchOf(config) !== null;
  const letters = deadLetters(driver, serdes, events ? [`${applicationId}-${EVENTS}`] : []);
  const servers = serverProbes(config, driver).map((probe) => ({ name: probe.name, ask: onceASecond(() => askServer(probe)) }));
  const opened = async (): Promise<SearchIndex | null> => {
    const found = await index();
    return typeof found === 'string' ? null : found;
  };
  return {
    submit: async (submissions) => {
      const { assetSubmitted } = await serdes();
      await driver.produce(submissions.map((event) => ({
        topic: TOPICS.assets, timestampMs: event.submittedAtMs, key: Buffer.from(event.assetId), value: assetSubmitted.serialize(event), headers: {},
      })));
    },
    remove: async (assetIds) => {
      await serdes();
      await driver.produce(assetIds.map((assetId) => ({ topic: TOPICS.assets, timestampMs: Date.now(), key: Buffer.from(assetId), value: null, headers: {} })));
    },
    assets: async (assetIds) => (await (await opened())?.assets(assetIds) ?? []).map(summaryOf),
    assetsUnder: async (library, folderUri) => {
      const found = await opened();
      return found === null ? [] : assetsUnder(found, library, folderUri);
    },
    status: () => reportOf({
      state: streams?.state ?? 'STOPPED',
      processId: streams === undefined ? null : process.pid,
      dataDirectory: paths.data,
      problems: streams === undefined ? [] : problemLines(streams),
      models,
    }, new Map(servers.map(({ name, ask }) => [name, ask()])), {
      counts: async () => {
        const found = await index();
        if (found === 'elsewhere') return { assets: null, moments: null };
        const { assets, moments, byState } = found === 'empty' ? { assets: 0, moments: 0, byState: {} } : await found.counts();
        return { assets: { total: assets, byState }, moments };
      },
      stages: async () => {
        await serdes();
        return stageProgress(driver, applicationId, { events });
      },
      deadLetters: () => letters.count(),
    }),
    deadLetters: (limit, filter) => letters.newest(limit, filter),
    deadLetter: (id) => letters.get(id),
    retryDeadLetters: (filter) => letters.retry(filter),
    purgeDeadLetters: (filter) => letters.purge(filter),
    auditEnd: async () => {
      await serdes();
      return driver.endOffsets(TOPICS.audit);
    },
    audit: async (from) => {
      // Whoever follows would wait for ever: nothing is processed any more.
      if (streams !== undefined && streams.error !== null) throw streams.error;
      return readAudit(driver, (await serdes()).auditEvent, from);
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

/** One line for each kind of outage, or of failure after which tasks are waiting to be opened anew. */
const problemLines = (streams: Streams): string[] =>
  problemsOf(streams.metrics()).map(({ subtopologies, code, message, hint }) => `${subtopologies.join(', ')}: ${message} [${code}]. ${hint}`);
