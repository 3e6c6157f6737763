/**
 * The serdes of all records. `serdes` needs no registry: ids are computed from the schemas that ship with Millrace.
 * `openSerdes` takes its ids from a registry, after the registry has found the schemas compatible.
 */
import type { AvroSchemaJson, SchemaRegistry, Serde } from '../connectors/ports/index.ts';
import { AvroSerde, type SchemaLookup } from './avro-serde.ts';
import { compileSchema, schemaIdOfType } from './avro/compile.ts';
import { currentSchema, SCHEMA_NAMES, schemaHistory, subjectOf, type SchemaName } from './catalog.ts';
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

/**
 * Registers every current schema and reads the versions that the registry holds.
 * @throws MillraceError MILL_SCHEMA_INCOMPATIBLE when a record in the log could not be read any more.
 */
export async function openSerdes(registry: SchemaRegistry): Promise<Serdes> {
  const known = new Map<number, AvroSchemaJson>();
  const ids = new Map<SchemaName, number>();
  for (const name of SCHEMA_NAMES) {
    ids.set(name, await registry.register(subjectOf(name), currentSchema(name)));
    for (const { id, schema } of await registry.versions(subjectOf(name))) known.set(id, schema);
  }
  const lookup: SchemaLookup = (id) => known.get(id);
  return assemble((name) => new AvroSerde<never>({ name, type: compileSchema(currentSchema(name)), id: ids.get(name) ?? 0, lookup }));
}
