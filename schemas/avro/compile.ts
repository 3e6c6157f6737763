/** Avro schemas compiled with our own types for arrays, maps, vectors and unions of records. */
import { createHash } from 'node:crypto';
import avsc from 'avsc';
import { schemaIdOf, type AvroSchemaJson } from '../../connectors/ports/index.ts';
import { BoundedArray, BoundedMap } from './bounded.ts';
import { TaggedUnion } from './tagged-union.ts';
import { FloatVector } from './vector.ts';

type TypeHook = NonNullable<NonNullable<Parameters<typeof avsc.Type.forSchema>[1]>['typeHook']>;

const chooseType: TypeHook = (schema, options) => {
  if (Array.isArray(schema)) return TaggedUnion.fits(schema) ? new TaggedUnion(schema, options) : undefined;
  if (typeof schema !== 'object') return undefined;
  const { type, items } = schema as { readonly type?: unknown; readonly items?: unknown };
  if (type === 'array') return items === 'float' ? new FloatVector(schema, options) : new BoundedArray(schema, options);
  return type === 'map' ? new BoundedMap(schema, options) : undefined;
};

/** @throws Error when the JSON is no Avro schema. */
export function compileSchema(schema: AvroSchemaJson): avsc.Type {
  return avsc.Type.forSchema(schema as unknown as avsc.Schema, { typeHook: chooseType, omitRecordMethods: true });
}

/** Id by content of a compiled schema. */
export function schemaIdOfType(type: avsc.Type): number {
  return schemaIdOf(createHash('sha256').update(JSON.stringify(type.schema())).digest());
}

/** Why records written with `writer` cannot be read as `reader`; `undefined` when they can. */
export function incompatibility(reader: AvroSchemaJson, writer: AvroSchemaJson): string | undefined {
  try {
    compileSchema(reader).createResolver(compileSchema(writer));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
