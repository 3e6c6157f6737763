/**
 * The schemas that ship with Millrace: the current one of each record, and every version that was ever released, so
 * that any record of an older release can be read. They are read from the .avsc files once.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { AvroSchemaJson } from '../connectors/ports/index.ts';
import { SCHEMA_FILES, type SchemaTypes } from './types.gen.ts';

export type SchemaName = keyof SchemaTypes;

export const SCHEMA_NAMES = Object.keys(SCHEMA_FILES) as readonly SchemaName[];

const readSchema = (path: string): AvroSchemaJson => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as AvroSchemaJson;

export function currentSchema(name: SchemaName): AvroSchemaJson {
  return readSchema(`${SCHEMA_FILES[name]}.avsc`);
}

/** Released versions, oldest first; the last equals the current schema but for its documentation. */
export function schemaHistory(name: SchemaName): AvroSchemaJson[] {
  const folder = `history/${SCHEMA_FILES[name]}/`;
  const versions = readdirSync(new URL(folder, import.meta.url)).map((file) => Number(/^v(\d+)\.avsc$/.exec(file)?.[1]));
  return versions.sort((a, b) => a - b).map((version) => readSchema(`${folder}v${version}.avsc`));
}

/** Full name of a record. */
export function recordNameOf({ name, namespace }: AvroSchemaJson): string {
  return typeof namespace === 'string' && namespace !== '' ? `${namespace}.${String(name)}` : String(name);
}
