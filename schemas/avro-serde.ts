/**
 * Avro in Confluent's wire form: a zero byte, the writer schema's id (int32), the body. Records of any known writer
 * schema are read as the current one; the resolver between the two is built once for each writer id. Reading is
 * synchronous: a schema that must be fetched first is fetched by `prepare`.
 */
import type avsc from 'avsc';
import { MillraceError, type AvroSchemaJson, type Serde } from '../connectors/ports/index.ts';
import { compileSchema } from './avro/compile.ts';

const MAGIC = 0;
const HEADER_BYTES = 5;

/** Finds the schema that a record was written with; `undefined` for an id that is not known. */
export type SchemaLookup = (id: number) => AvroSchemaJson | undefined;
/** The same, of a registry. Rejects when the registry gave no answer. */
export type SchemaFetch = (id: number) => Promise<AvroSchemaJson | undefined>;

type Resolver = ReturnType<avsc.Type['createResolver']>;

export interface AvroSerdeParts {
  /** Named in error messages. */
  readonly name: string;
  readonly type: avsc.Type;
  /** Id of `type`'s schema. */
  readonly id: number;
  readonly lookup: SchemaLookup;
  /** For ids that `lookup` does not know. @default there are no others */
  readonly fetch?: SchemaFetch;
}

/** Shared by all serdes, since serialising is synchronous; grows to the largest record seen. */
let scratch = Buffer.allocUnsafe(16 * 1024);

export class AvroSerde<T> implements Serde<T> {
  readonly name: string;
  readonly #type: avsc.Type;
  readonly #id: number;
  readonly #lookup: SchemaLookup;
  readonly #fetch: SchemaFetch | undefined;
  /** By writer id; `null` where writer and reader are the same, an error where they do not fit. */
  readonly #resolvers = new Map<number, Resolver | null | MillraceError>();

  constructor({ name, type, id, lookup, fetch }: AvroSerdeParts) {
    this.name = `avro:${name}`;
    this.#type = type;
    this.#id = id;
    this.#lookup = lookup;
    this.#fetch = fetch;
    this.#resolvers.set(id, null);
  }

  serialize(value: T): Buffer {
    try {
      let end = this.#type.encode(value, scratch, HEADER_BYTES);
      if (end < 0) {
        scratch = Buffer.allocUnsafe(2 * (scratch.length - end));
        end = this.#type.encode(value, scratch, HEADER_BYTES);
      }
      scratch[0] = MAGIC;
      scratch.writeInt32BE(this.#id, 1);
      return Buffer.from(scratch.subarray(0, end));
    } catch (cause) {
      throw new MillraceError('MILL_SERIALIZATION', `${this.name}: ${this.#faultOf(value) ?? String(cause)}`, { cause });
    }
  }

  prepare(bytes: Buffer): Promise<void> | undefined {
    if (this.#fetch === undefined || !isWireForm(bytes)) return undefined;
    const writerId = bytes.readInt32BE(1);
    if (this.#resolvers.has(writerId) || this.#lookup(writerId) !== undefined) return undefined;
    return this.#fetch(writerId).then((schema) => {
      if (schema !== undefined) this.#learn(writerId, schema);
    });
  }

  deserialize(bytes: Buffer): T {
    if (!isWireForm(bytes)) {
      throw this.#unreadable(bytes.length < HEADER_BYTES ? `${bytes.length} bytes are too few for a record` : `starts with byte ${bytes[0] ?? 0} instead of 0: not Avro in Confluent's wire form`);
    }
    const resolver = this.#resolverOf(bytes.readInt32BE(1));
    let decoded: { readonly value: unknown; readonly offset: number };
    try {
      decoded = this.#type.decode(bytes, HEADER_BYTES, resolver ?? undefined);
    } catch (cause) {
      throw this.#unreadable(cause instanceof Error ? cause.message : String(cause), cause);
    }
    if (decoded.offset < 0) throw this.#unreadable(`the record ends early (${bytes.length} bytes)`);
    if (decoded.offset < bytes.length) throw this.#unreadable(`${bytes.length - decoded.offset} bytes are left over behind the record`);
    return decoded.value as T;
  }

  #resolverOf(writerId: number): Resolver | null {
    let resolver = this.#resolvers.get(writerId);
    if (resolver === undefined) {
      const schema = this.#lookup(writerId);
      if (schema === undefined) throw new MillraceError('MILL_SCHEMA_UNKNOWN', `${this.name}: schema id ${writerId} is not known`);
      resolver = this.#learn(writerId, schema);
    }
    // A stack trace of its own for each record, and not that of the first.
    if (resolver instanceof MillraceError) throw this.#unreadable(resolver.message, resolver);
    return resolver;
  }

  #learn(writerId: number, schema: AvroSchemaJson): Resolver | MillraceError {
    let resolver: Resolver | MillraceError;
    try {
      resolver = this.#type.createResolver(compileSchema(schema));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      resolver = new MillraceError('MILL_DESERIALIZATION', `schema ${writerId} is of another record or of an incompatible version: ${why}`, { cause });
    }
    this.#resolvers.set(writerId, resolver);
    return resolver;
  }

  #unreadable(reason: string, cause?: unknown): MillraceError {
    return new MillraceError('MILL_DESERIALIZATION', `${this.name}: ${reason}`, { cause });
  }

  /** Path of the first field that does not fit its schema, and what it should be. */
  #faultOf(value: T): string | undefined {
    let fault: string | undefined;
    this.#type.isValid(value, {
      errorHook: (path, found, type) => { fault ??= `${['value', ...path].join('.')} should be ${describeType(type)}, but is ${describeValue(found)}`; },
    });
    return fault;
  }
}

const isWireForm = (bytes: Buffer): boolean => bytes.length >= HEADER_BYTES && bytes[0] === MAGIC;

function describeType(type: avsc.Type): string {
  return type.name ?? JSON.stringify(type.schema({ noDeref: true })).replaceAll('"', '');
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'object' && 'type' in value) return `a record of type ${JSON.stringify(value.type)}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${Object.prototype.toString.call(value)}`;
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
