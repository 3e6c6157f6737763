/** The documents of one round into indexes of the same mappings by the bulk helper of the client: its own processor time and the server's. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { openElasticsearchIndex } from '../../connectors/elasticsearch/index.ts';
import { INDEX_PREFIX } from './servers.ts';

/** What a search gives at most without paging. */
const MOST_DOCUMENTS = 10_000;
/** Until what was written can be searched, which is the server's work too. */
const REFRESH_MS = 1_500;

interface StoredDocument {
  readonly index: string;
  readonly id: string;
  readonly source: object;
}

export class BareBulk {
  readonly #client: Client;
  readonly #url: string;
  readonly #documents: readonly StoredDocument[];
  #runs = 0;

  private constructor(client: Client, url: string, documents: readonly StoredDocument[]) {
    this.#client = client;
    this.#url = url;
    this.#documents = documents;
  }

  /** Reads what the library's round has left there, with the vectors. */
  static async open(url: string, library: string): Promise<BareBulk> {
    const client = new Client({ node: url });
    const { hits } = await client.search<object>({ index: `${INDEX_PREFIX}-*`, size: MOST_DOCUMENTS, query: { term: { library } }, _source: { exclude_vectors: false } });
    return new BareBulk(client, url, hits.hits.map(({ _index, _id, _source }) => ({ index: _index, id: _id ?? '', source: _source ?? {} })));
  }

  get documents(): number {
    return this.#documents.length;
  }

  /** @param serverSeconds processor time that the server has used so far @returns seconds of the helper and of the server */
  async run(serverSeconds: () => number): Promise<{ helper: number; server: number }> {
    this.#runs += 1;
    const prefix = `bare-${this.#runs}`;
    const index = await openElasticsearchIndex({ url: this.#url, indexPrefix: prefix });
    try {
      // The templates have the mappings; those of events and assets are there already.
      for (const name of new Set(this.#documents.map((document) => document.index.replace(INDEX_PREFIX, prefix)).filter((name) => name.includes('--')))) await this.#client.indices.create({ index: name });
      const before = { own: process.cpuUsage(), server: serverSeconds() };
      const { failed } = await this.#client.helpers.bulk<StoredDocument>({
        datasource: [...this.#documents],
        onDocument: ({ index: of, id, source }) => [{ index: { _index: of.replace(INDEX_PREFIX, prefix), _id: id } }, source],
        onDrop: ({ error }) => { throw new Error(JSON.stringify(error)); },
      });
      if (failed > 0) throw new Error(`${failed} documents failed`);
      const { user, system } = process.cpuUsage(before.own);
      await sleep(REFRESH_MS);
      return { helper: (user + system) / 1e6, server: serverSeconds() - before.server };
    } finally {
      await index.close();
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
