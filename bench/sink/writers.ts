/**
 * Both writers. Each run has indexes of its own, made by the same templates before the time is taken and deleted after, so
 * that none finds the segments and merges of another. Documents begin as the pipeline has them: with a Float32Array.
 */
import { randomUUID } from 'node:crypto';
import { Client } from '@elastic/elasticsearch';
import { base64Text } from '../../connectors/elasticsearch/bulk/index.ts';
import { storedMomentOf } from '../../connectors/elasticsearch/documents.ts';
import { IndexNames, openElasticsearchIndex } from '../../connectors/elasticsearch/index.ts';
import type { ElasticsearchIndex } from '../../connectors/elasticsearch/index.ts';
import type { IndexOperation, MomentDocument } from '../../connectors/ports/index.ts';
import { SyntheticMoments } from '../search/synthetic-moments.ts';

/** As the index stage calls. */
const OPERATIONS_A_CALL = 500;
const CONCURRENCY = 4;
/** As many documents as the 500 of our calls, about; its default of 5 MiB leaves too few requests for four at a time. */
const FLUSH_BYTES = 2 * 1024 * 1024;

export class SinkBench {
  readonly #url: string;
  readonly #client: Client;
  readonly #moments: readonly MomentDocument[];

  constructor(url: string, count: number) {
    this.#url = url;
    this.#client = new Client({ node: url });
    const source = new SyntheticMoments(1);
    this.#moments = Array.from({ length: count }, (_, number) => source.moment(number));
  }

  async millrace(): Promise<number> {
    return this.#onFreshIndexes(async (index) => {
      const calls: IndexOperation[][] = [];
      for (let first = 0; first < this.#moments.length; first += OPERATIONS_A_CALL) {
        calls.push(this.#moments.slice(first, first + OPERATIONS_A_CALL).map((document) => ({ type: 'moment', document })));
      }
      const write = async (): Promise<void> => {
        for (let call = calls.shift(); call !== undefined; call = calls.shift()) {
          const rejected = await index.write(call);
          if (rejected.length > 0) throw new Error(rejected[0]?.reason);
        }
      };
      await Promise.all(Array.from({ length: index.maxConcurrentWrites }, write));
    });
  }

  /** @param form of the vectors: numbers in JSON, as everybody sends them, or what our writer sends */
  async bulkHelper(form: 'numbers' | 'base64'): Promise<number> {
    return this.#onFreshIndexes(async (_index, names) => {
      const moments = this.#moments;
      const targets = new Map<string, string>();
      const vectorOf = (vector: Float32Array): unknown => (form === 'numbers' ? Array.from(vector) : JSON.parse(base64Text(vector)));
      const documents = function* (): Generator<object> {
        for (const moment of moments) yield { ...storedMomentOf(moment, Date.now()), vector: vectorOf(moment.vector ?? new Float32Array()) };
      };
      const { failed } = await this.#client.helpers.bulk<{ id: string; revision: number; modality: MomentDocument['modality']; model: string; lineage: string }>({
        datasource: [...documents()] as { id: string; revision: number; modality: MomentDocument['modality']; model: string; lineage: string }[],
        concurrency: CONCURRENCY,
        flushBytes: FLUSH_BYTES,
        onDocument: (document) => {
          let target = targets.get(document.modality);
          if (target === undefined) targets.set(document.modality, (target = names.moments(document)));
          return { index: { _index: target, _id: document.id, version: document.revision, version_type: 'external_gte' } };
        },
        onDrop: ({ error }) => { throw new Error(JSON.stringify(error)); },
      });
      if (failed > 0) throw new Error(`${failed} documents failed`);
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Documents a second of what runs on them. */
  async #onFreshIndexes(run: (index: ElasticsearchIndex, names: IndexNames) => Promise<void>): Promise<number> {
    const names = new IndexNames(`bench-${randomUUID().slice(0, 8)}`);
    const index = await openElasticsearchIndex({ url: this.#url, indexPrefix: names.prefix });
    try {
      // One of each modality makes the indexes.
      await index.write(this.#moments.slice(0, 5).map((document) => ({ type: 'moment', document })));
      const start = performance.now();
      await run(index, names);
      return (this.#moments.length * 1_000) / (performance.now() - start);
    } finally {
      await index.close();
      const found = Object.keys(await this.#client.indices.get({ index: `${names.prefix}-*`, features: ['aliases'] }));
      await this.#client.indices.delete({ index: found });
      await this.#client.indices.deleteIndexTemplate({ name: `${names.prefix}-*` });
      await this.#client.cluster.deleteComponentTemplate({ name: `${names.prefix}-*` });
    }
  }
}
