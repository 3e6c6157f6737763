/** Opens what an instance reads and writes: all that its stages need, and the rest when somebody asks for it. */
import { MillraceError, type BlobStore, type LogDriver } from '../../connectors/ports/index.ts';
import { openSerdes, type Serdes } from '../../schemas/index.ts';
import { mediaTopicSpecs, type StageNeeds } from '../../topology/media/index.ts';
import type { Config } from '../config/index.ts';
import type { Paths } from '../paths.ts';
import { elasticsearchOf, kafkaOf, openBlobs, openIndex, openLog, type OpenedIndex } from '../profile/index.ts';
import type { Stores } from './observe.ts';
import { patiently, type PatienceOptions } from './patience.ts';

export interface OwnedStores extends Stores {
  readonly mediaSerdes: Serdes;
  readonly written?: OpenedIndex;
  readonly blobs?: BlobStore;
}

/** For who runs stages. Waits for servers that are down. @throws MillraceError MILL_STATE_LOCKED */
export async function openOwnedStores(config: Config, paths: Paths, needs: StageNeeds, patience: PatienceOptions): Promise<OwnedStores> {
  const log = await openLog(config, paths, { owner: true });
  try {
    const mediaSerdes = await patiently(() => openSerdes(log.registry), patience);
    await patiently(() => log.driver.ensureTopics(mediaTopicSpecs()), patience);
    const blobs = needs.blobs ? await patiently(() => openBlobs(config, paths), patience) : undefined;
    const written = needs.searchIndex ? await patiently(() => openIndex(config, paths), patience, ({ searchIndex }) => void searchIndex.close()) : undefined;
    const readable = written === undefined ? lazyIndex(config, paths) : { index: async () => written.searchIndex, close: () => written.searchIndex.close() };
    return {
      driver: log.driver,
      mediaSerdes,
      serdes: async () => mediaSerdes,
      index: readable.index,
      ...(blobs === undefined ? {} : { blobs }),
      ...(written === undefined ? {} : { written }),
      close: inTurn(readable.close, () => log.close()),
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** For who looks, and submits: nothing is asked of a server before it is needed. */
export async function openIdleStores(config: Config, paths: Paths): Promise<Stores> {
  const log = await openLog(config, paths, { owner: false });
  const readable = lazyIndex(config, paths);
  const serdes = memoized(async () => {
    const opened = await openSerdes(log.registry);
    await ensureTopics(log.driver);
    return opened;
  });
  return { driver: log.driver, serdes, index: readable.index, close: inTurn(readable.close, () => log.close()) };
}

const ensureTopics = (driver: LogDriver): Promise<void> => driver.ensureTopics(mediaTopicSpecs());

/** Opened to be read when somebody asks. */
function lazyIndex(config: Config, paths: Paths): Pick<Stores, 'index' | 'close'> {
  const open = memoized(() => openIndex(config, paths, { readOnly: true }));
  let opened: OpenedIndex | undefined;
  const ours = kafkaOf(config) === null || elasticsearchOf(config) !== null;
  return {
    async index() {
      try {
        opened = await open();
        return opened.searchIndex;
      } catch (error) {
        if (error instanceof MillraceError && error.code === 'MILL_INDEX_MISSING') return ours ? 'empty' : 'elsewhere';
        throw error;
      }
    },
    close: async () => opened?.searchIndex.close(),
  };
}

/** What has failed is tried anew. */
function memoized<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

function inTurn(...steps: readonly (() => Promise<void>)[]): () => Promise<void> {
  return async () => { for (const step of steps) await step(); };
}
