/**
 * Writes schemas/types.gen.ts from schemas/*.avsc. With `--check` it writes nothing and exits 1 when they disagree.
 *
 *     npm run schemas:generate
 *     npm run schemas:check
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AvroRecord } from './avro-json.ts';
import { emitTypes } from './emit.ts';

const FOLDER = new URL('../', import.meta.url);
const OUTPUT = new URL('types.gen.ts', FOLDER);

export function readSchemas(): Map<string, AvroRecord> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.avsc')).sort();
  return new Map(files.map((name) => [name.slice(0, -'.avsc'.length), JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as AvroRecord]));
}

/** First line that differs, for a message that says where to look. */
function firstDifference(committed: string, generated: string): string {
  const [left, right] = [committed.split('\n'), generated.split('\n')];
  const line = right.findIndex((text, index) => text !== left[index]);
  const at = line === -1 ? right.length : line;
  return `line ${at + 1}: committed ${JSON.stringify(left[at] ?? '')}, the schemas say ${JSON.stringify(right[at] ?? '')}`;
}

function readCommitted(): string {
  try {
    return readFileSync(OUTPUT, 'utf8');
  } catch {
    return '';
  }
}

const generated = emitTypes(readSchemas());
if (process.argv.includes('--check')) {
  const committed = readCommitted();
  if (committed !== generated) {
    process.stderr.write(`schemas/types.gen.ts disagrees with schemas/*.avsc, ${firstDifference(committed, generated)}\nRun: npm run schemas:generate\n`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(OUTPUT, generated);
  process.stdout.write('Wrote schemas/types.gen.ts\n');
}
