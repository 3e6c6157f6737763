/**
 * The serdes of all records. `serdes` needs no registry: ids are computed from the schemas that ship with Millrace.
 * `openSerdes` takes its ids from a registry, after the registry has found the schemas compatible.
 */
import type { AvroSchemaJson, SchemaRegistry, Serde } from '../connectors/ports/index.ts';
import { AvroSerde, type SchemaFetch, type SchemaLookup } from './avro-serde.ts';
import { compileSchema, schemaIdOfType } from './avro/compile.ts';
import { currentSchema, recordNameOf, SCHEMA_NAMES, schemaHistory, type SchemaName } from './catalog.ts';
import type { SchemaTypes } from './types.gen.ts';

/** `serdes.insight` for the record `Insight`, and so on. */
export type Serdes = { readonly [Name in SchemaName as Uncapitalize<Name>]: Serde<SchemaTypes[Name]> };

/** Every schema that was ever released, by its id. */
const shipped = new Map<number, AvroSchemaJson>(
  SCHEMA_NAMES.flatMap(schemaHistory).map((schema) => [schemaIdOfType(compileSchema(schema)), schema]),
);

function assemble(serdeOf: (name: SchemaName) => Serde<never>): Serdes {
  const entries = SCHEMA_NAMES.map((name) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, serdeOf(name)]);
  return Object.fromEntries(entries) as Serdes;
}

export const serdes: Serdes = assemble((name) => {
  const type = compileSchema(currentSchema(name));
  return new AvroSerde<never>({ name, type, id: schemaIdOfType(type), lookup: (id) => shipped.get(id) });
});

/**
 * The serde of one record, e.g. `avroSerde('Insight')`.
 */
export function avroSerde<Name extends SchemaName>(name: Name): Serde<SchemaTypes[Name]> {
  return serdes[`${name.charAt(0).toLowerCase()}${name.slice(1)}` as Uncapitalize<SchemaName>] as unknown as Serde<SchemaTypes[Name]>;
}

export interface OpenSerdesOptions {
  /** Topics that a record goes to, where the registry names subjects after topics. */
  readonly topics?: { readonly [Name in SchemaName]?: readonly [string, ...string[]] };
}

/**
 * Registers every current schema and reads the versions that the registry holds.
 * @throws MillraceError MILL_SCHEMA_INCOMPATIBLE when a record in the log could not be read any more.
 */
export async function openSerdes(registry: SchemaRegistry, { topics = {} }: OpenSerdesOptions = {}): Promise<Serdes> {
  const known = new Map<number, AvroSchemaJson>();
  const ids = new Map<SchemaName, number>();
  for (const name of SCHEMA_NAMES) {
    const schema = currentSchema(name);
    for (const topic of topics[name] ?? [undefined]) {
      const subject = registry.subjectOf({ record: recordNameOf(schema), topic });
      ids.set(name, await registerAndRead(registry, subject, schema, known));
    }
  }
  return assemble((name) => new AvroSerde<never>({ name, type: compileSchema(currentSchema(name)), id: ids.get(name) ?? 0, ...findIn(known, registry) }));
}

export interface AvroSerdeOptions {
  /** What is written, and what records of every other version are read as. */
  readonly schema: AvroSchemaJson;
  /** Where the records go, for a registry that names subjects after topics. */
  readonly topic?: string;
  /** @default 'value' */
  readonly part?: 'key' | 'value';
}

/**
 * The serde of a schema of your own:
 *
 * ```ts
 * const orders = await openAvroSerde<Order>(registry, { schema: orderSchema, topic: 'orders' });
 * ```
 * @throws MillraceError MILL_SCHEMA_INCOMPATIBLE when it could not read a version that the registry holds.
 */
export async function openAvroSerde<T>(registry: SchemaRegistry, { schema, topic, part = 'value' }: AvroSerdeOptions): Promise<Serde<T>> {
  const record = recordNameOf(schema);
  const known = new Map<number, AvroSchemaJson>();
  const id = await registerAndRead(registry, registry.subjectOf({ record, topic, part }), schema, known);
  return new AvroSerde<T>({ name: record, type: compileSchema(schema), id, ...findIn(known, registry) });
}

async function registerAndRead(registry: SchemaRegistry, subject: string, schema: AvroSchemaJson, known: Map<number, AvroSchemaJson>): Promise<number> {
  const id = await registry.register(subject, schema);
  for (const version of await registry.versions(subject)) known.set(version.id, version.schema);
  return id;
}

/** What the registry held when it was read is known at once; what was added since is fetched. */
function findIn(known: ReadonlyMap<number, AvroSchemaJson>, registry: SchemaRegistry): { readonly lookup: SchemaLookup; readonly fetch: SchemaFetch } {
  return { lookup: (id) => known.get(id), fetch: (id) => registry.schemaById(id) };
}
