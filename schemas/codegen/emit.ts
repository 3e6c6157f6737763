/**
 * TypeScript from Avro: a record is an interface, an enum a union of string literals, `["null", T]` is `T | null`, and
 * a union of records is told apart by a `type` property that holds the record's name (the serde writes and reads it) and
 * gets a name of its own: `InsightResult` for the field `result` of `Insight`.
 */
import { isUnion, type AvroField, type AvroJson, type AvroNamed, type AvroRecord } from './avro-json.ts';

const PRIMITIVES: Readonly<Record<string, string>> = {
  null: 'null', boolean: 'boolean', int: 'number', long: 'number', float: 'number', double: 'number', string: 'string', bytes: 'Buffer',
};

/** The module's text. `schemas` maps a file name to its schema; the order decides the order of the output. */
export function emitTypes(schemas: ReadonlyMap<string, AvroRecord>): string {
  const declared = new Map<string, AvroNamed>();
  for (const [file, schema] of schemas) collect(schema, declared, file);
  const names = [...schemas.values()].map(({ name }) => name);
  return [
    '/** Generated from schemas/*.avsc by `npm run schemas:generate`. Do not edit. */',
    ...[...declared.values()].map((named) => (named.type === 'enum' ? emitEnum(named) : emitRecord(named))),
    `/** The record of each schema that has a topic, by name. */\nexport interface SchemaTypes {\n${names.map((name) => `  readonly ${name}: ${name};`).join('\n')}\n}`,
    `/** The .avsc file of each schema, without its ending. */\nexport const SCHEMA_FILES = {\n${[...schemas].map(([file, { name }]) => `  ${name}: '${file}',`).join('\n')}\n} as const satisfies Record<keyof SchemaTypes, string>;`,
  ].join('\n\n') + '\n';
}

/** Named types in the order of their first appearance. The same name must mean the same type in every file. */
function collect(schema: AvroJson, declared: Map<string, AvroNamed>, file: string): void {
  if (typeof schema === 'string') return;
  if (isUnion(schema)) {
    for (const branch of schema) collect(branch, declared, file);
    return;
  }
  if (schema.type === 'array' || schema.type === 'map') {
    collect(schema.type === 'array' ? schema.items : schema.values, declared, file);
    return;
  }
  const known = declared.get(schema.name);
  if (known && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`${file}.avsc: ${schema.name} differs from its definition in another schema`);
  if (schema.type === 'record') for (const field of schema.fields) collect(field.type, declared, file);
  declared.set(schema.name, schema);
}

function docstring(doc: string | undefined, indent: string): string {
  return doc ? `${indent}/** ${doc.replaceAll('*/', '*\\/')} */\n` : '';
}

function emitEnum({ name, doc, symbols }: Extract<AvroNamed, { type: 'enum' }>): string {
  return `${docstring(doc, '')}export type ${name} = ${symbols.map((symbol) => `'${symbol}'`).join(' | ')};`;
}

function emitRecord({ name, doc, fields }: AvroRecord): string {
  const unions = fields.flatMap((field) => (isTaggedUnion(field.type) ? [emitTaggedUnion(unionName(name, field), field.type)] : []));
  const lines = fields.map((field) => `${docstring(field.doc, '  ')}  readonly ${field.name}: ${isTaggedUnion(field.type) ? unionType(name, field) : emitType(field.type)};\n`);
  return [...unions, `${docstring(doc, '')}export interface ${name} {\n${lines.join('')}}`].join('\n\n');
}

const isRecord = (schema: AvroJson): schema is AvroRecord => typeof schema === 'object' && !isUnion(schema) && schema.type === 'record';

const isTaggedUnion = (schema: AvroJson): schema is readonly AvroJson[] => isUnion(schema) && schema.filter(isRecord).length > 1;

const unionName = (record: string, { name }: AvroField): string => `${record}${name.charAt(0).toUpperCase()}${name.slice(1)}`;

const unionType = (record: string, field: AvroField): string =>
  `${unionName(record, field)}${isUnion(field.type) && field.type.includes('null') ? ' | null' : ''}`;

function emitTaggedUnion(name: string, branches: readonly AvroJson[]): string {
  const parts = branches.filter((branch) => branch !== 'null').map((branch) => {
    if (!isRecord(branch)) throw new Error(`${name}: a union of records may hold only records and null`);
    if (branch.fields.some((field) => field.name === 'type')) throw new Error(`${branch.name}.type clashes with the tag of ${name}`);
    return `  | ({ readonly type: '${branch.name}' } & ${branch.name})`;
  });
  return `export type ${name} =\n${parts.join('\n')};`;
}

function emitType(schema: AvroJson): string {
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? schema.slice(schema.lastIndexOf('.') + 1);
  if (isUnion(schema)) {
    const [nulls, others] = [schema.filter((branch) => branch === 'null'), schema.filter((branch) => branch !== 'null')];
    return [...others, ...nulls].map(emitType).join(' | ');
  }
  switch (schema.type) {
    case 'array':
      if (schema.items === 'float') return 'Float32Array';
      return typeof schema.items === 'string' || !isUnion(schema.items) ? `readonly ${emitType(schema.items)}[]` : `readonly (${emitType(schema.items)})[]`;
    case 'map':
      return `Readonly<Record<string, ${emitType(schema.values)}>>`;
    default:
      return schema.name;
  }
}
