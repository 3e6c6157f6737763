/**
 * A union of records as TypeScript's discriminated union: the value carries its record's name in `type`. avsc would
 * wrap it in an object of one key, which costs an allocation and reads badly.
 */
import avsc from 'avsc';
import { codecOf, type CheckHook, type Codec, type MutableResolver, type Readable, type Tap } from './internals.ts';

interface Tagged {
  type?: unknown;
}

const isRecord = (schema: unknown): boolean => (schema as Tagged | null)?.type === 'record';

/** Name without namespace of a record; `undefined` for null. */
const tagOf = ({ name, typeName }: avsc.Type): string | undefined => (typeName === 'record' ? name?.slice(name.lastIndexOf('.') + 1) : undefined);

export class TaggedUnion extends avsc.types.WrappedUnionType {
  /** Whether a union is one of ours: several records, and at most null beside them. */
  static fits(branches: readonly unknown[]): boolean {
    return branches.filter(isRecord).length > 1 && branches.every((branch) => branch === 'null' || isRecord(branch));
  }

  readonly #codecs: readonly Codec[] = this.types.map(codecOf);
  readonly #tags: readonly (string | undefined)[] = this.types.map(tagOf);

  _read(tap: Tap): unknown {
    const index = tap.readLong();
    const branch = this.#codecs[index];
    if (branch === undefined) throw new RangeError(`invalid union index ${index}`);
    return readTagged(branch, this.#tags[index], tap);
  }

  _write(tap: Tap, value: unknown): void {
    const index = this.#indexOf(value);
    const branch = this.#codecs[index];
    if (branch === undefined) throw new TypeError('`type` names no record of the union');
    tap.writeLong(index);
    branch._write(tap, value);
  }

  _check(value: unknown, flags: unknown, hook?: CheckHook, path?: string[]): boolean {
    const branch = this.#codecs[this.#indexOf(value)];
    if (branch !== undefined) return branch._check(value, flags, hook, path);
    hook?.(value, this);
    return false;
  }

  /** Called for each branch of the writer's union. */
  _update(resolver: MutableResolver, writer: avsc.Type, options: object): void {
    const tag = tagOf(writer);
    const reader = this.types.find((type) => type.typeName === writer.typeName && tagOf(type) === tag);
    if (reader === undefined) return;
    const branch = reader.createResolver(writer, options) as unknown as Readable;
    resolver._read = (tap) => readTagged(branch, tag, tap);
  }

  #indexOf(value: unknown): number {
    if (value === null) return this.#tags.indexOf(undefined);
    return typeof value === 'object' ? this.#tags.indexOf((value as Tagged).type as string) : -1;
  }
}

function readTagged(branch: Readable, tag: string | undefined, tap: Tap): unknown {
  const value = branch._read(tap);
  if (tag !== undefined) (value as Tagged).type = tag;
  return value;
}
