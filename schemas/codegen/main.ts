/**
 * Writes schemas/types.gen.ts from schemas/*.avsc. With `--release` it also adds the changed schemas to
 * schemas/history. With `--check` it writes nothing and exits 1 when anything disagrees.
 *
 *     npm run schemas:generate
 *     npm run schemas:generate -- --release
 *     npm run schemas:check
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AvroSchemaJson } from '../../connectors/ports/index.ts';
import type { AvroRecord } from './avro-json.ts';
import { emitTypes } from './emit.ts';
import { historyProblems, withoutDocs } from './history.ts';

const FOLDER = new URL('../', import.meta.url);
const OUTPUT = new URL('types.gen.ts', FOLDER);

const read = (path: string): string => readFileSync(new URL(path, FOLDER), 'utf8');

function readSchemas(): Map<string, AvroRecord> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.avsc')).sort();
  return new Map(files.map((name) => [name.slice(0, -'.avsc'.length), JSON.parse(read(name)) as AvroRecord]));
}

function readHistory(file: string): AvroSchemaJson[] {
  const folder = new URL(`history/${file}/`, FOLDER);
  const count = existsSync(folder) ? readdirSync(folder).length : 0;
  return Array.from({ length: count }, (_, index) => JSON.parse(read(`history/${file}/v${index + 1}.avsc`)) as AvroSchemaJson);
}

/** The first line that differs, to say where to look. */
function typesProblems(generated: string): string[] {
  const [committed, expected] = [existsSync(OUTPUT) ? read('types.gen.ts').split('\n') : [], generated.split('\n')];
  const line = expected.findIndex((text, index) => text !== committed[index]);
  if (line === -1 && committed.length === expected.length) return [];
  const at = line === -1 ? expected.length : line;
  return [`schemas/types.gen.ts, line ${at + 1}, has ${JSON.stringify(committed[at] ?? '')} where the schemas give ${JSON.stringify(expected[at] ?? '')}: run npm run schemas:generate`];
}

const asJson = (schema: AvroRecord): AvroSchemaJson => ({ ...schema });

function check(schemas: ReadonlyMap<string, AvroRecord>): void {
  const problems = [...typesProblems(emitTypes(schemas)), ...[...schemas].flatMap(([file, schema]) => historyProblems(file, asJson(schema), readHistory(file)))];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

function release(schemas: ReadonlyMap<string, AvroRecord>): void {
  for (const [file, schema] of schemas) {
    const history = readHistory(file);
    if (JSON.stringify(withoutDocs(history.at(-1))) === JSON.stringify(withoutDocs(schema))) continue;
    mkdirSync(new URL(`history/${file}/`, FOLDER), { recursive: true });
    writeFileSync(new URL(`history/${file}/v${history.length + 1}.avsc`, FOLDER), read(`${file}.avsc`));
    process.stdout.write(`Wrote schemas/history/${file}/v${history.length + 1}.avsc\n`);
  }
}

const schemas = readSchemas();
if (process.argv.includes('--check')) {
  check(schemas);
} else {
  writeFileSync(OUTPUT, emitTypes(schemas));
  process.stdout.write('Wrote schemas/types.gen.ts\n');
  if (process.argv.includes('--release')) release(schemas);
}
