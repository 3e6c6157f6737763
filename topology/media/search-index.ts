/**
 * Stage index, keyed by asset: media.documents and media.insights -> the search index. The gate (indexing/gate.ts) keeps
 * out what was removed; the writer (indexing/index-writer.ts) makes large writes of single operations. Operations of
 * an asset keep their order as far as it counts: the stage's partition has one, and the writer keeps that of its calls.
 *
 * A write is acknowledged before the records are committed; after a crash in between they are written again, which
 * changes nothing. An operation that the index refuses is dead-lettered with the reason.
 */
import type { IndexOperation } from '../../connectors/ports/index.ts';
import type { AssetDocument, Insight } from '../../schemas/index.ts';
import { jsonSerde, keyValueStore, stringSerde } from '../dsl/index.ts';
import type { Processor, StreamRecord } from '../dsl/index.ts';
import { removalOf } from './headers.ts';
import { IndexWriter, IndexGate } from './indexing/index.ts';
import { required } from './services.ts';
import type { StageParts } from './stage.ts';
import { TOPICS } from './topics.ts';

const STORE = 'index-gate';

/** What an `enrich` takes. */
const MAX_CONCURRENCY = 10_000;

/** `null`: the asset was removed. */
type Input = { readonly document: AssetDocument | null } | { readonly insight: Insight };

export function addIndex({ builder, services, options, serdes }: StageParts): void {
  const index = required(services, 'searchIndex', 'index');
  const writer = new IndexWriter(index, { batchSize: options.indexBatchSize, backoffMs: options.retry.backoffMs });
  builder.addStateStore(keyValueStore({ name: STORE, key: stringSerde, value: jsonSerde<number>() }));

  const documents = builder
    .streamWithTombstones(TOPICS.documents, { key: stringSerde, value: serdes.assetDocument, name: 'index' })
    .mapValues((document): Input => ({ document }), { name: 'index-document' });
  const insights = builder
    .stream(TOPICS.insights, { key: stringSerde, value: serdes.insight, name: 'index-insights' })
    .mapValues((insight): Input => ({ insight }), { name: 'index-insight' });
  documents
    .merge(insights, { name: 'index-all' })
    .process(gate, { name: STORE, stores: [STORE] })
    .enrich((operation, _key, context) => writer.write(operation, context), {
      name: 'index-write', concurrency: Math.min(MAX_CONCURRENCY, options.concurrency.index * index.maxConcurrentWrites), ordering: 'none',
    });
}

function gate(): Processor<string, Input, string, IndexOperation> {
  return {
    async process(record, context) {
      const operation = await pass(new IndexGate(context.store(STORE)), record);
      if (operation !== undefined) context.forward({ key: record.key, value: operation });
    },
  };
}

async function pass(entries: IndexGate, { key, value, headers }: StreamRecord<string, Input>): Promise<IndexOperation | undefined> {
  if ('insight' in value) return entries.insight(value.insight);
  if (value.document !== null) return entries.document(value.document);
  return entries.removed(key, removalOf(headers)?.throughRevision);
}
