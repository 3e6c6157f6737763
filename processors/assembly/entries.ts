/**
 * What assembly needs of a state store: small entries under text keys, read by prefix. The engine's key-value stores
 * fit as they are. Parts of a key are joined by NUL, which admission refuses in asset ids, so no key is a prefix of
 * another asset's.
 */
import type { Task } from '../../schemas/index.ts';

export interface Entries<V> {
  get(key: string): Promise<V | undefined>;
  getMany(keys: readonly string[]): Promise<(V | undefined)[]>;
  put(key: string, value: V): void;
  delete(key: string): void;
  prefix(prefix: Buffer): AsyncIterable<readonly [string, V]>;
}

const SEPARATOR = '\0';

export const assetPrefix = (assetId: string): Buffer => Buffer.from(`${assetId}${SEPARATOR}`);
export const revisionKey = (assetId: string, revision: number): string => `${assetId}${SEPARATOR}${revision}`;
export const unitPrefix = (assetId: string, revision: number): Buffer => Buffer.from(`${revisionKey(assetId, revision)}${SEPARATOR}`);
export const unitKey = (assetId: string, revision: number, unitId: string, task: Task): string =>
  [revisionKey(assetId, revision), unitId, task].join(SEPARATOR);
export const revisionOfKey = (key: string): number => Number(key.slice(key.lastIndexOf(SEPARATOR) + 1));

/** All entries under a prefix: the caller writes while it goes through them. */
export async function collect<V>(entries: Entries<V>, prefix: Buffer): Promise<(readonly [string, V])[]> {
  const found: (readonly [string, V])[] = [];
  for await (const entry of entries.prefix(prefix)) found.push(entry);
  return found;
}
