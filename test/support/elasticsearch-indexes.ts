/** Indexes of one test on the shared Elasticsearch: under a prefix of their own, and gone when the test ends. */
import { randomUUID } from 'node:crypto';
import { sharedElasticsearch } from './servers.ts';

export interface TestIndexes {
  readonly url: string;
  readonly prefix: string;
  /** A request of the test's own. `undefined` for what is not there. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Searches see all that was written. Tests alone may do this: Millrace waits for the refresh of the server. */
  refresh(): Promise<void>;
  /** Removes the indexes that were ever written to: what was removed from one would still stop older revisions. The others take long to make, and stay. */
  clear(): Promise<void>;
  remove(): Promise<void>;
}

interface IndexingStats {
  readonly indices?: Readonly<Record<string, { readonly primaries: { readonly indexing: { readonly index_total: number; readonly delete_total: number } } }>>;
}

export async function testIndexes(): Promise<TestIndexes> {
  const { url } = await sharedElasticsearch();
  const prefix = `test-${randomUUID().slice(0, 13)}`;
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/${path}`, { method, headers: { 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.json();
  };
  const names = async (): Promise<string[]> => Object.keys((await ask('GET', `${prefix}-*?filter_path=*.aliases`)) as object);
  const remove = async (indexes: readonly string[]): Promise<void> => {
    if (indexes.length > 0) await ask('DELETE', indexes.join(','));
  };
  return {
    url, prefix, ask,
    refresh: async () => {
      await ask('POST', `${prefix}-*/_refresh`);
    },
    clear: async () => {
      const { indices = {} } = (await ask('GET', `${prefix}-*/_stats/indexing?filter_path=indices.*.primaries.indexing`)) as IndexingStats;
      const untouched = (name: string): boolean => indices[name] !== undefined && indices[name].primaries.indexing.index_total + indices[name].primaries.indexing.delete_total === 0;
      await remove((await names()).filter((name) => !untouched(name)));
    },
    remove: async () => {
      await remove(await names());
      await ask('DELETE', `_index_template/${prefix}-*`);
      await ask('DELETE', `_component_template/${prefix}-*`);
    },
  };
}
