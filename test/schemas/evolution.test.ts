import { expect } from 'chai';
import { openEmbeddedRegistry } from '../../connectors/embedded/registry/index.ts';
import type { AvroSchemaJson } from '../../connectors/ports/index.ts';
import { AvroSerde } from '../../schemas/avro-serde.ts';
import { compileSchema, incompatibility } from '../../schemas/avro/compile.ts';
import { currentSchema, recordNameOf, SCHEMA_NAMES, schemaHistory } from '../../schemas/catalog.ts';
import { historyProblems } from '../../schemas/codegen/history.ts';
import { openSerdes } from '../../schemas/index.ts';
import { SCHEMA_FILES } from '../../schemas/types.gen.ts';
import { examples, vector } from './examples.ts';

type Fields = readonly { readonly name: string }[];

const fieldsOf = (schema: AvroSchemaJson): Fields => schema['fields'] as Fields;

/** A schema of an earlier or later time, made from a current one. */
const withFields = (schema: AvroSchemaJson, change: (fields: Fields) => readonly unknown[]): AvroSchemaJson => ({ ...schema, fields: change(fieldsOf(schema)) });

const note = (extra: object) => (fields: Fields): readonly unknown[] => [...fields, { name: 'note', type: 'string', ...extra }];

describe('the history of the schemas', () => {
  for (const name of SCHEMA_NAMES) {
    it(`of ${name} ends with the current schema, which reads every version`, () => {
      const history = schemaHistory(name);
      expect(history).to.not.be.empty;
      expect(historyProblems(SCHEMA_FILES[name], currentSchema(name), history)).to.deep.equal([]);
    });
  }

  it('refuses a change that was not added to it, even a compatible one', () => {
    const changed = withFields(currentSchema('Frame'), note({ default: '' }));
    expect(historyProblems('frame', changed, schemaHistory('Frame'))).to.have.lengthOf(1);
    expect(historyProblems('frame', changed, schemaHistory('Frame'))[0]).to.include('schemas/frame.avsc is not the newest version');
  });

  it('refuses a new field without a default, and accepts one with', () => {
    const released = schemaHistory('Frame');
    const [strict, lenient] = [withFields(currentSchema('Frame'), note({})), withFields(currentSchema('Frame'), note({ default: '' }))];
    expect(historyProblems('frame', strict, [...released, strict])).to.have.lengthOf(released.length);
    expect(historyProblems('frame', lenient, [...released, lenient])).to.deep.equal([]);
  });

  it('lets documentation change freely', () => {
    const documented = withFields(currentSchema('Frame'), (fields) => fields.map((field) => ({ ...field, doc: 'In other words.' })));
    expect(historyProblems('frame', documented, schemaHistory('Frame'))).to.deep.equal([]);
  });

  it('sees a changed type, a removed enum symbol and a renamed record as incompatible', () => {
    const audit = currentSchema('AuditEvent');
    const retyped = (type: unknown) => withFields(audit, (fields) => fields.map((field) => (field.name === 'type' ? { ...field, type } : field)));
    expect(incompatibility(retyped('long'), audit)).to.be.a('string');
    expect(incompatibility(retyped({ type: 'enum', name: 'AuditType', symbols: ['ADMITTED'] }), audit)).to.be.a('string');
    expect(incompatibility({ ...audit, name: 'Other' }, audit)).to.be.a('string');
    expect(incompatibility(audit, audit)).to.equal(undefined);
  });
});

describe('records of an older schema', () => {
  it('are read with defaults for new fields, without what was removed, and with numbers promoted', async () => {
    const registry = await openEmbeddedRegistry();
    const current = currentSchema('Insight');
    const older = withFields(JSON.parse(JSON.stringify(current).replace('"items":"float"', '"items":"int"')) as AvroSchemaJson, (fields) => [
      { name: 'removed', type: { type: 'array', items: { type: 'map', values: 'string' } } },
      ...fields.filter(({ name }) => !['computeMs', 'spawned'].includes(name)),
    ]);
    const id = await registry.register(recordNameOf(currentSchema('Insight')), older);
    const writer = new AvroSerde<object>({ name: 'older', type: compileSchema(older), id, lookup: () => undefined });
    const numbers = [1, 2, 3];
    const bytes = writer.serialize({ ...examples.Insight, removed: [{ a: 'b' }, {}], result: { ...examples.Insight.result, vector: numbers } });

    const { insight } = await openSerdes(registry);
    for (const _ of ['builds the resolver', 'uses it again']) {
      const read = insight.deserialize(bytes);
      expect({ ...read }).to.deep.equal({ ...examples.Insight, computeMs: 0, spawned: [], result: { ...examples.Insight.result, vector: Float32Array.from(numbers) } });
    }
    expect(insight.serialize(examples.Insight).readInt32BE(1)).to.not.equal(id);
  });

  it('keep their results when the union grows, floats included', async () => {
    const registry = await openEmbeddedRegistry();
    const older = withFields(currentSchema('Insight'), (fields) => fields.map((field) => (
      field.name === 'result' ? { ...field, type: (field as unknown as { type: { name?: string }[] }).type.filter((branch) => branch.name !== 'ShotList') } : field
    )));
    const id = await registry.register(recordNameOf(currentSchema('Insight')), older);
    const writer = new AvroSerde<object>({ name: 'older', type: compileSchema(older), id, lookup: () => undefined });
    const { insight } = await openSerdes(registry);
    const { result } = insight.deserialize(writer.serialize(examples.Insight));
    expect(result?.type === 'ImageEmbedding' && result.vector).to.deep.equal(vector);
    expect(insight.deserialize(writer.serialize({ ...examples.Insight, result: null })).result).to.equal(null);
  });
});
