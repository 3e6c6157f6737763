/**
 * Questions to Elasticsearch, as readers ask them: all of an answer or an error, since a search that silently leaves out
 * what one shard has would be wrong; and soon, since a person waits. An index that is not there yet holds nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, estypes } from '@elastic/elasticsearch';
import { errors } from '@elastic/elasticsearch';
import { MillraceError } from '../../ports/index.ts';
import type { ElasticsearchClient } from '../client.ts';

const TIMEOUT_MS = 10_000;
/** Before the one other try: of another node where there are several, or of one that is just back. */
const PAUSE_MS = 100;

export interface Found<Document> {
  readonly hits: readonly Hit<Document>[];
  readonly aggregations: Readonly<Record<string, unknown>> | undefined;
}

export interface Hit<Document> {
  readonly source: Document;
  readonly score: number;
  readonly highlight?: Record<string, string[]>;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export class Requests {
  readonly #client: ElasticsearchClient;
  readonly #options: { readonly requestTimeout: number };

  constructor(client: ElasticsearchClient) {
    this.#client = client;
    this.#options = { requestTimeout: Math.min(TIMEOUT_MS, client.requestTimeoutMs) };
  }

  /** @throws MillraceError MILL_INDEX_UNAVAILABLE, MILL_INDEX_REFUSED, MILL_CLOSED */
  async search<Document>(request: estypes.SearchRequest): Promise<Found<Document>> {
    const { hits, aggregations } = await this.ask('the search', (client) =>
      client.search<Document, Record<string, unknown>>({ allow_partial_search_results: false, ignore_unavailable: true, track_total_hits: false, ...request }, this.#options));
    return {
      aggregations,
      hits: hits.hits.flatMap(({ _source: source, _score: score, highlight, fields }) =>
        (source === undefined ? [] : [{ source, score: score ?? 0, ...(highlight === undefined ? {} : { highlight }), ...(fields === undefined ? {} : { fields }) }])),
    };
  }

  /** Of those of the indexes that are there: how many dimensions their vectors have. By the name of the index itself; without vectors it is left out. */
  async dimensions(indexes: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const answer = await this.ask('the question for its indexes', (client) =>
      client.indices.getMapping({ index: [...indexes], ignore_unavailable: true, filter_path: '*.mappings.properties.vector' }, this.#options));
    return new Map(Object.entries(answer).flatMap(([name, { mappings }]) => {
      const vector = mappings.properties?.['vector'];
      return vector?.type === 'dense_vector' && vector.dims !== undefined ? [[name, vector.dims] as const] : [];
    }));
  }

  /** Whether one of them is there. */
  async anyExists(indexes: readonly string[]): Promise<boolean> {
    const answer = await this.ask('the question for its indexes', (client) => client.indices.get({ index: [...indexes], ignore_unavailable: true, filter_path: '*.aliases' }, this.#options));
    return Object.keys(answer).length > 0;
  }

  private async ask<Result>(what: string, question: (client: Client) => Promise<Result>): Promise<Result> {
    try {
      return await this.#client.attempt(what, question);
    } catch (error) {
      if (!(error instanceof MillraceError) || !error.transient || error.cause instanceof errors.TimeoutError) throw error;
    }
    await sleep(PAUSE_MS);
    return this.#client.attempt(what, question);
  }
}
