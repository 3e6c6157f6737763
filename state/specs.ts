/** What a topology declares about its stores: pure data that `openTaskState` turns into stores. */
import { MillraceError } from '../connectors/ports/index.ts';
import type { Serde } from '../connectors/ports/index.ts';

export interface KeyValueStoreOptions<K, V> {
  /** Unique within the topology; letters, digits, dot, underscore and hyphen. */
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Entries vanish this long after they were last put. @default never */
  readonly ttlMs?: number;
}

export interface KeyValueStoreSpec<K = unknown, V = unknown> extends KeyValueStoreOptions<K, V> {
  readonly kind: 'keyValue';
}

export interface WindowStoreOptions<K, V> {
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Windows that start this far behind stream time are dropped; at least window size plus grace. */
  readonly retentionMs: number;
  /** Windows are removed by whole segments. @default retentionMs / 2, and at least a minute */
  readonly segmentMs?: number;
}

export interface WindowStoreSpec<K = unknown, V = unknown> extends WindowStoreOptions<K, V> {
  readonly kind: 'window';
  readonly segmentMs: number;
}

export type StoreSpec = KeyValueStoreSpec | WindowStoreSpec;

function assertPositive(name: string, option: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return;
  throw new MillraceError('MILL_CONFIG_INVALID', `${option} of store ${name} must be a positive number of milliseconds, and is ${value}.`);
}

function assertName(name: string): void {
  if (/^[\w.-]{1,200}$/.test(name)) return;
  throw new MillraceError('MILL_CONFIG_INVALID', `${JSON.stringify(name)} is no name of a store: use up to 200 letters, digits, dots, underscores and hyphens.`);
}

/** A store of one value a key, with an optional time to live. */
export function keyValueStore<K, V>(options: KeyValueStoreOptions<K, V>): KeyValueStoreSpec<K, V> {
  assertName(options.name);
  assertPositive(options.name, 'ttlMs', options.ttlMs);
  return { kind: 'keyValue', ...options };
}

/** A store of one value a key and window. */
export function windowStore<K, V>(options: WindowStoreOptions<K, V>): WindowStoreSpec<K, V> {
  assertName(options.name);
  assertPositive(options.name, 'retentionMs', options.retentionMs);
  assertPositive(options.name, 'segmentMs', options.segmentMs);
  return { kind: 'window', segmentMs: Math.max(60_000, Math.ceil(options.retentionMs / 2)), ...options };
}
