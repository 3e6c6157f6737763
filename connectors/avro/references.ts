/** A schema may name types of other schemas (Confluent's references). One that stands alone has them written out. */
import avsc from 'avsc';
import type { AvroSchemaJson } from '../ports/index.ts';

/** `referenced`: what the schema refers to, each after what it refers to itself. @throws Error when the JSON is no Avro schema. */
export function inlineReferences(schema: AvroSchemaJson, referenced: readonly AvroSchemaJson[]): AvroSchemaJson {
  const registry: Record<string, avsc.Type> = {};
  for (const named of referenced) avsc.Type.forSchema(named as unknown as avsc.Schema, { registry });
  return avsc.Type.forSchema(schema as unknown as avsc.Schema, { registry }).schema({ exportAttrs: true }) as unknown as AvroSchemaJson;
}
