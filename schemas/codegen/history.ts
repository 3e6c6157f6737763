/**
 * The rule of evolution (BACKWARD): the current schema can read every released version, and the newest version in
 * schemas/history equals the current schema but for documentation.
 */
import type { AvroSchemaJson } from '../../connectors/ports/index.ts';
import { incompatibility } from '../avro/compile.ts';

/** The schema without its documentation: what reading and writing depend on. */
export function withoutDocs(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutDocs);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'doc').map(([key, value]) => [key, key === 'default' ? value : withoutDocs(value)]));
}

const sameMeaning = (a: AvroSchemaJson, b: AvroSchemaJson): boolean => JSON.stringify(withoutDocs(a)) === JSON.stringify(withoutDocs(b));

/** What is wrong with a schema against its history, oldest version first; nothing when all is well. */
export function historyProblems(file: string, current: AvroSchemaJson, history: readonly AvroSchemaJson[]): string[] {
  const latest = history.at(-1);
  const problems: string[] = [];
  if (latest === undefined || !sameMeaning(current, latest)) {
    problems.push(`schemas/${file}.avsc is not the newest version in schemas/history/${file}: run npm run schemas:generate -- --release, which adds v${history.length + 1}.avsc`);
  }
  history.forEach((version, index) => {
    const reason = incompatibility(current, version);
    if (reason !== undefined) problems.push(`schemas/${file}.avsc cannot read records of v${index + 1}: ${reason}`);
  });
  return problems;
}
