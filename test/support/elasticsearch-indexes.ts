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
  /** All indexes, and not the templates. */
  clear(): Promise<void>;
  remove(): Promise<void>;
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
  const clear = async (): Promise<void> => {
    const names = Object.keys((await ask('GET', `${prefix}-*?filter_path=*.aliases`)) as object);
    if (names.length > 0) await ask('DELETE', names.join(','));
  };
  return {
    url, prefix, ask, clear,
    refresh: async () => {
      await ask('POST', `${prefix}-*/_refresh`);
    },
    remove: async () => {
      await clear();
      await ask('DELETE', `_index_template/${prefix}-*`);
      await ask('DELETE', `_component_template/${prefix}-*`);
    },
  };
}
