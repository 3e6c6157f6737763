/** The rule of evolution: a schema is taken when it can read every version of its subject that there is. */
import avsc from 'avsc';
import { MillraceError, type AvroSchemaJson, type RegisteredSchema } from '../ports/index.ts';

/** @throws MillraceError MILL_SCHEMA_INCOMPATIBLE when the JSON is no Avro schema. */
export function parseSchema(subject: string, schema: AvroSchemaJson): avsc.Type {
  try {
    return avsc.Type.forSchema(schema as unknown as avsc.Schema);
  } catch (cause) {
    throw new MillraceError('MILL_SCHEMA_INCOMPATIBLE', `${subject}: not an Avro schema: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Which version the schema cannot read, and why. */
export function backwardIncompatibility(subject: string, reader: avsc.Type, versions: readonly RegisteredSchema[]): MillraceError | undefined {
  for (const { version, schema } of versions) {
    try {
      reader.createResolver(parseSchema(subject, schema));
    } catch (cause) {
      return new MillraceError('MILL_SCHEMA_INCOMPATIBLE', `${subject}: the new schema cannot read version ${version}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
  return undefined;
}
