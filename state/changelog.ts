/**
 * A commit's writes as changelog records, and back. The key of a record, or of a write in it, is the key of the write
 * without the store's name: a part of the store's key space (see task-state.ts) and the rest.
 *
 *     keyed    key = part | rest                    value = the value; a tombstone for a deletion
 *     batched  no key                               value = version (1) | { length of key (4) | part | rest | length of value + 1, or 0 for a deletion (4) | value }*
 *
 * Applying a record twice, or again from any earlier one on, gives the same state: a restore may begin where it likes.
 */
import { MillraceError } from '../connectors/ports/index.ts';
import type { ChangelogFormat, ChangelogSpec, WriteOp } from '../connectors/ports/index.ts';
import { withPrefix } from './keys.ts';

export interface ChangelogRecord {
  readonly key: Buffer | null;
  /** `null` is a tombstone. */
  readonly value: Buffer | null;
}

const VERSION = 1;
const LENGTH_BYTES = 4;
const SEPARATOR = 0;
const PARTS: ReadonlySet<number> = new Set(Buffer.from('dtm', 'latin1'));

const storePrefix = (store: string): Buffer => Buffer.from(`${store}\0`, 'latin1');
const startsWith = (key: Buffer, prefix: Buffer): boolean => key.length >= prefix.length && prefix.compare(key, 0, prefix.length) === 0;
const encodedBytes = ({ key, value }: ChangelogRecord & { readonly key: Buffer }): number => 2 * LENGTH_BYTES + key.length + (value?.length ?? 0);

/** The writes of a commit by store, in their order. Those of other stores than these are left out: they have no changelog. */
export function opsByStore(ops: readonly WriteOp[], stores: readonly string[]): ReadonlyMap<string, readonly WriteOp[]> {
  const found = new Map(stores.map((store): [string, WriteOp[]] => [store, []]));
  let prefix: Buffer | undefined;
  let current: WriteOp[] | undefined;
  for (const op of ops) {
    // A store's writes come one after the other.
    if (prefix === undefined || !startsWith(op.key, prefix)) {
      const end = op.key.indexOf(SEPARATOR);
      prefix = end < 0 ? undefined : op.key.subarray(0, end + 1);
      current = end < 0 ? undefined : found.get(op.key.toString('latin1', 0, end));
    }
    current?.push(op);
  }
  return found;
}

/**
 * Changelog records of one commit's writes to one store.
 * @param maxBytes of a record's key and value
 * @throws MillraceError MILL_RECORD_TOO_LARGE when a single write is larger
 */
export function encodeChangelog({ store, format }: Pick<ChangelogSpec, 'store' | 'format'>, ops: readonly WriteOp[], maxBytes: number): ChangelogRecord[] {
  const prefixBytes = store.length + 1;
  // The last write of a key is the one that counts.
  const last = new Map<string, ChangelogRecord & { readonly key: Buffer }>();
  for (const op of ops) {
    const key = op.key.subarray(prefixBytes);
    last.set(key.toString('latin1'), { key, value: op.type === 'put' ? op.value : null });
  }
  const writes = [...last.values()];
  for (const write of writes) {
    const bytes = encodedBytes(write) + 1;
    if (bytes > maxBytes) throw new MillraceError('MILL_RECORD_TOO_LARGE', `An entry of store ${store} has ${bytes} bytes, and its changelog takes ${maxBytes} at most.`);
  }
  return format === 'keyed' ? writes : batches(writes, maxBytes);
}

function batches(writes: readonly (ChangelogRecord & { readonly key: Buffer })[], maxBytes: number): ChangelogRecord[] {
  const records: ChangelogRecord[] = [];
  let from = 0;
  let bytes = 1;
  writes.forEach((write, index) => {
    const size = encodedBytes(write);
    if (bytes + size > maxBytes) {
      records.push({ key: null, value: pack(writes.slice(from, index), bytes) });
      from = index;
      bytes = 1;
    }
    bytes += size;
  });
  if (from < writes.length) records.push({ key: null, value: pack(writes.slice(from), bytes) });
  return records;
}

function pack(writes: readonly (ChangelogRecord & { readonly key: Buffer })[], bytes: number): Buffer {
  const packed = Buffer.allocUnsafe(bytes);
  let at = packed.writeUInt8(VERSION, 0);
  for (const { key, value } of writes) {
    at = packed.writeUInt32BE(key.length, at);
    packed.set(key, at);
    at = packed.writeUInt32BE(value === null ? 0 : value.length + 1, at + key.length);
    if (value === null) continue;
    packed.set(value, at);
    at += value.length;
  }
  return packed;
}

/** What changelog records of one store do to the key space of its task. */
export class ChangelogDecoder {
  readonly #store: string;
  readonly #format: ChangelogFormat;
  readonly #prefix: Buffer;

  constructor({ store, format }: Pick<ChangelogSpec, 'store' | 'format'>) {
    this.#store = store;
    this.#format = format;
    this.#prefix = storePrefix(store);
  }

  /** @throws MillraceError MILL_STATE_CORRUPT when the record is not what `encodeChangelog` writes in this format */
  decode({ key, value }: ChangelogRecord): WriteOp[] {
    if (this.#format === 'keyed') return [key === null ? this.#refuse('no key') : this.#op(key, value)];
    return value === null ? this.#refuse('no value') : this.#unpack(value);
  }

  #unpack(packed: Buffer): WriteOp[] {
    if (packed[0] !== VERSION) this.#refuse(`the version ${String(packed[0])}, and this Millrace reads ${VERSION}`);
    const ops: WriteOp[] = [];
    let at = 1;
    const take = (bytes: number): Buffer => (at + bytes <= packed.length ? packed.subarray(at, at += bytes) : this.#refuse('a truncated value'));
    while (at < packed.length) {
      const key = take(take(LENGTH_BYTES).readUInt32BE());
      const length = take(LENGTH_BYTES).readUInt32BE();
      ops.push(this.#op(key, length === 0 ? null : take(length - 1)));
    }
    return ops;
  }

  #op(key: Buffer, value: Buffer | null): WriteOp {
    if (key.length === 0 || !PARTS.has(key[0] as number)) this.#refuse('a key of no known part');
    const full = withPrefix(this.#prefix, key);
    return value === null ? { type: 'del', key: full } : { type: 'put', key: full, value };
  }

  #refuse(what: string): never {
    throw new MillraceError('MILL_STATE_CORRUPT', `A changelog record of store ${this.#store} has ${what}.`, {
      hint: 'Another program writes to the changelog topic, or another version of Millrace did: use a new application.id, or reset this one.',
    });
  }
}
