/**
 * The schema registry: gives a schema an id that goes before every Avro record (Confluent's wire form), and refuses a
 * schema that could not read what is already written. Subjects are record names (RecordNameStrategy).
 */

/** An Avro schema as JSON. */
export type AvroSchemaJson = Readonly<Record<string, unknown>>;

export interface RegisteredSchema {
  readonly id: number;
  readonly subject: string;
  /** From 1, in the order of registration. */
  readonly version: number;
  readonly schema: AvroSchemaJson;
}

export interface SchemaRegistry {
  /**
   * Id of the schema; registering the same again gives the same id.
   * @throws MillraceError MILL_SCHEMA_INCOMPATIBLE when it could not read a version of the subject (BACKWARD).
   */
  register(subject: string, schema: AvroSchemaJson): Promise<number>;
  /** `undefined` for an id that was never given. */
  schemaById(id: number): Promise<AvroSchemaJson | undefined>;
  /** All versions of a subject, oldest first. */
  versions(subject: string): Promise<RegisteredSchema[]>;
}

/**
 * Id by content: 31 bits of the SHA-256 of the schema in parsing canonical form. The same schema has the same id on
 * every machine, so a reader that ships with a schema needs no registry to know it.
 */
export function schemaIdOf(sha256: Buffer): number {
  return (sha256.readUInt32BE(0) >>> 1) || 1;
}
