import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AvroRecord } from '../../schemas/codegen/avro-json.ts';
import { emitTypes } from '../../schemas/codegen/emit.ts';

const record = (fields: AvroRecord['fields'], name = 'Thing'): AvroRecord => ({ type: 'record', name, namespace: 'test', fields });
const emit = (...fields: AvroRecord['fields']): string => emitTypes(new Map([['thing', record(fields)]]));
const kind = { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } as const;

describe('types generated from Avro', () => {
  it('are numbers for long, literals for enums, null last in unions and Float32Array for vectors', () => {
    const text = emit(
      { name: 'size', type: 'long', doc: 'In bytes.' }, { name: 'kind', type: ['null', kind], default: null }, { name: 'again', type: { type: 'array', items: 'Kind' } },
      { name: 'vector', type: { type: 'array', items: 'float' } }, { name: 'attributes', type: { type: 'map', values: ['null', 'string'] } },
    );
    expect(text).to.include("export type Kind = 'A' | 'B';");
    expect(text).to.include('  /** In bytes. */\n  readonly size: number;\n  readonly kind: Kind | null;\n  readonly again: readonly Kind[];\n  readonly vector: Float32Array;\n  readonly attributes: Readonly<Record<string, string | null>>;');
  });

  it('tell the records of a union apart by type', () => {
    const text = emit({ name: 'result', type: ['null', record([], 'One'), record([], 'Two')] });
    expect(text).to.include("export type ThingResult =\n  | ({ readonly type: 'One' } & One)\n  | ({ readonly type: 'Two' } & Two);");
    expect(text).to.include('readonly result: ThingResult | null;');
  });

  it('are refused for a union whose record has a field that the tag would hide', () => {
    const clashing = record([{ name: 'type', type: 'string' }], 'One');
    expect(() => emit({ name: 'result', type: [clashing, record([], 'Two')] })).to.throw('One.type clashes with the tag of ThingResult');
  });

  it('are refused when two schemas give a name two meanings', () => {
    const [one, other] = [record([{ name: 'kind', type: kind }], 'One'), record([{ name: 'kind', type: { ...kind, symbols: ['C'] } }], 'Other')];
    expect(() => emitTypes(new Map([['one', one], ['other', other]]))).to.throw('other.avsc: Kind differs');
  });
});

describe('schemas:check', () => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-schemas-'));
  const check = () => spawnSync(process.execPath, ['--import', 'tsx', 'schemas/codegen/main.ts', '--check'], { cwd: root, encoding: 'utf8' });

  before(() => {
    for (const folder of ['schemas', 'connectors/ports', 'package.json']) cpSync(folder, join(root, folder), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'));
  });

  after(() => { rmSync(root, { recursive: true }); });

  it('passes on what is committed, and names the file and the line once a schema has changed', () => {
    const clean = check();
    expect(clean.stderr).to.equal('');
    expect(clean.status).to.equal(0);

    const path = join(root, 'schemas/frame.avsc');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"name": "blobKey"', '"name": "objectKey"'));
    const changed = check();
    expect(changed.status).to.equal(1);
    expect(changed.stderr).to.match(/types\.gen\.ts, line \d+, has "  readonly blobKey: string;" where the schemas give "  readonly objectKey: string;"/);
    expect(changed.stderr).to.include('schemas/frame.avsc is not the newest version');
    expect(changed.stderr).to.include('schemas/frame.avsc cannot read records of v1');
  });
});
