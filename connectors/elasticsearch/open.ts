/** Opens the search index and the event index of one Elasticsearch. */
import { MillraceError } from '../ports/index.ts';
import type { EventIndex, IndexEvent, IndexOperation, SearchIndex } from '../ports/index.ts';
import { BulkWriter, vectorTextFor } from './bulk/index.ts';
import { IndexCatalog } from './catalog.ts';
import { ElasticsearchClient } from './client.ts';
import { IndexNames, PLAIN_INDEXES } from './names.ts';
import { compileElasticsearchOptions } from './options.ts';
import type { CompiledElasticsearchOptions, ElasticsearchOptions } from './options.ts';
import { SearchReader } from './search/index.ts';
import { putTemplates } from './templates.ts';
import { EventWriter, OperationWriter } from './writer/index.ts';

export interface OpenElasticsearchOptions extends ElasticsearchOptions {
  /** For a process that only searches: it puts no templates, makes no indexes and writes nothing. @default false */
  readonly readOnly?: boolean;
}

/** Both, on one client. */
export type ElasticsearchIndex = SearchIndex & EventIndex;

/** @throws MillraceError MILL_CONFIG_INVALID, MILL_INDEX_UNAVAILABLE, MILL_INDEX_REFUSED, MILL_INDEX_MISSING (readOnly) */
export async function openElasticsearchIndex({ readOnly = false, ...options }: OpenElasticsearchOptions): Promise<ElasticsearchIndex> {
  const compiled = compileElasticsearchOptions(options);
  const client = new ElasticsearchClient(compiled);
  const names = new IndexNames(compiled.indexPrefix);
  const reader = new SearchReader(client, names);
  try {
    if (!readOnly) return new Index(client, reader, await openWriters(client, names, compiled));
    await client.serverVersion();
    await reader.assertIndexed();
    return new Index(client, reader, undefined);
  } catch (error) {
    await client.close();
    throw error;
  }
}

interface Writers {
  readonly operations: OperationWriter;
  readonly events: EventWriter;
  readonly concurrency: number;
}

async function openWriters(client: ElasticsearchClient, names: IndexNames, options: CompiledElasticsearchOptions): Promise<Writers> {
  const version = await client.serverVersion();
  await putTemplates(client, names, options);
  const catalog = new IndexCatalog(client, names, options.vectorIndex);
  for (const index of PLAIN_INDEXES) await catalog.placePlain(index);
  const bulk = new BulkWriter(client, options.bulk);
  return {
    operations: new OperationWriter({ client, catalog, bulk, vectorText: vectorTextFor(version) }),
    events: new EventWriter(catalog, bulk),
    concurrency: options.bulk.concurrency,
  };
}

class Index implements SearchIndex, EventIndex {
  readonly maxConcurrentWrites: number;
  readonly #client: ElasticsearchClient;
  readonly #writers: Writers | undefined;
  readonly searchVector: SearchIndex['searchVector'];
  readonly searchText: SearchIndex['searchText'];
  readonly searchAssets: SearchIndex['searchAssets'];
  readonly assets: SearchIndex['assets'];
  readonly duplicatesOf: SearchIndex['duplicatesOf'];
  readonly listAssets: SearchIndex['listAssets'];
  readonly moments: SearchIndex['moments'];
  readonly nearestFrame: SearchIndex['nearestFrame'];
  readonly counts: SearchIndex['counts'];

  constructor(client: ElasticsearchClient, reader: SearchReader, writers: Writers | undefined) {
    this.#client = client;
    this.#writers = writers;
    this.maxConcurrentWrites = writers?.concurrency ?? 1;
    this.searchVector = reader.searchVector.bind(reader);
    this.searchText = reader.searchText.bind(reader);
    this.searchAssets = reader.searchAssets.bind(reader);
    this.assets = reader.assets.bind(reader);
    this.duplicatesOf = reader.duplicatesOf.bind(reader);
    this.listAssets = reader.listAssets.bind(reader);
    this.moments = reader.moments.bind(reader);
    this.nearestFrame = reader.nearestFrame.bind(reader);
    this.counts = reader.counts.bind(reader);
  }

  async write(operations: readonly IndexOperation[]): ReturnType<SearchIndex['write']> {
    return this.#writing.operations.write(operations);
  }

  async writeEvents(events: readonly IndexEvent[]): ReturnType<EventIndex['writeEvents']> {
    return this.#writing.events.writeEvents(events);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  get #writing(): Writers {
    if (this.#writers === undefined) throw new MillraceError('MILL_CONFIG_INVALID', 'the search index was opened for reading only');
    return this.#writers;
  }
}
