/**
 * The schema registry: gives a schema an id that goes before every Avro record (Confluent's wire form), and refuses a
 * schema that could not read what is already written.
 */
import { MillraceError } from './errors.ts';

/** An Avro schema as JSON. */
export type AvroSchemaJson = Readonly<Record<string, unknown>>;

export interface RegisteredSchema {
  readonly id: number;
  readonly subject: string;
  /** From 1, in the order of registration. */
  readonly version: number;
  readonly schema: AvroSchemaJson;
}

/** What a schema is for; names its subject. */
export interface SchemaUse {
  /** Full name of the record. */
  readonly record: string;
  readonly topic?: string | undefined;
  /** @default 'value' */
  readonly part?: 'key' | 'value';
}

export interface SchemaRegistry {
  /** Where the versions of a schema are kept. @throws MillraceError MILL_CONFIG_INVALID when it is named after a topic, and there is none. */
  subjectOf(use: SchemaUse): string;
  /**
   * Id of the schema; registering the same again gives the same id.
   * @throws MillraceError MILL_SCHEMA_INCOMPATIBLE when it could not read a version of the subject (BACKWARD).
   */
  register(subject: string, schema: AvroSchemaJson): Promise<number>;
  /** `undefined` for an id that was never given, or not to an Avro schema. */
  schemaById(id: number): Promise<AvroSchemaJson | undefined>;
  /** All versions of a subject, oldest first. */
  versions(subject: string): Promise<RegisteredSchema[]>;
}

/** Confluent's TopicNameStrategy, RecordNameStrategy and TopicRecordNameStrategy. */
export type SubjectStrategy = 'topic-name' | 'record-name' | 'topic-record-name';

export function subjectOf(strategy: SubjectStrategy, { record, topic, part = 'value' }: SchemaUse): string {
  if (strategy === 'record-name') return record;
  if (topic === undefined) throw new MillraceError('MILL_CONFIG_INVALID', `${record}: the subject strategy ${strategy} needs the topic that the record goes to.`);
  return strategy === 'topic-name' ? `${topic}-${part}` : `${topic}-${record}`;
}

/**
 * Id by content: 31 bits of the SHA-256 of the schema in parsing canonical form. The same schema has the same id on
 * every machine, so a reader that ships with a schema needs no registry to know it.
 */
export function schemaIdOf(sha256: Buffer): number {
  return (sha256.readUInt32BE(0) >>> 1) || 1;
}
