/** What every schema registry must do, and the serdes on top of it. */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { MillraceError, type AvroSchemaJson, type SchemaRegistry, type Serde } from '../../connectors/ports/index.ts';
import { openAvroSerde, openSerdes } from '../../schemas/index.ts';
import { examples } from '../schemas/examples.ts';

export const field = (name: string, extra: object = {}): object => ({ name, type: 'string', ...extra });

/** Names of their own for each test: a real registry keeps what others registered. */
export const uniqueRecord = (): ((...fields: object[]) => AvroSchemaJson) => {
  const name = `Thing${randomUUID().replaceAll('-', '')}`;
  return (...fields) => ({ type: 'record', name, namespace: 'test', fields });
};

export const subjectFor = (schema: AvroSchemaJson): string => `test.${String(schema['name'])}`;

export async function errorOf(action: Promise<unknown>): Promise<MillraceError> {
  const error = await action.then(() => undefined, (failure: unknown) => failure);
  if (error instanceof MillraceError) return error;
  throw new Error(`expected a MillraceError, but got ${String(error)}`);
}

/** As a source does it. */
export async function read<T>(serde: Serde<T>, bytes: Buffer): Promise<T> {
  await serde.prepare?.(bytes);
  return serde.deserialize(bytes);
}

const framed = (id: number, body: Buffer): Buffer => {
  const bytes = Buffer.concat([Buffer.alloc(5), body]);
  bytes.writeInt32BE(id, 1);
  return bytes;
};

export function schemaRegistryContract(name: string, open: () => Promise<SchemaRegistry>): void {
  describe(`${name}: the contract of schema registries`, () => {
    it('gives the same id to the same schema, also in another subject, and another id to another schema', async () => {
      const [registry, record] = [await open(), uniqueRecord()];
      const [first, second] = [record(field('a')), record(field('a'), field('b', { default: '' }))];
      const ids = [await registry.register(subjectFor(first), first), await registry.register(subjectFor(first), second)];
      expect(ids[0]).to.not.equal(ids[1]);
      expect(await registry.register(subjectFor(first), first)).to.equal(ids[0]);
      expect(await registry.register(`other-${subjectFor(first)}`, first)).to.equal(ids[0]);
      expect(await registry.versions(subjectFor(first))).to.deep.equal([
        { id: ids[0], subject: subjectFor(first), version: 1, schema: first },
        { id: ids[1], subject: subjectFor(first), version: 2, schema: second },
      ]);
      expect(await registry.schemaById(ids[1] ?? 0)).to.deep.equal(second);
    });

    it('has nothing for an id or a subject that was never given', async () => {
      const registry = await open();
      for (const id of [2_147_483_647, 0, -1, -2_147_483_648]) expect(await registry.schemaById(id)).to.equal(undefined);
      expect(await registry.versions(`none-${randomUUID()}`)).to.deep.equal([]);
    });

    it('takes many registrations of one schema at once for one', async () => {
      const [registry, schema] = [await open(), uniqueRecord()(field('a'))];
      const ids = await Promise.all(Array.from({ length: 10 }, () => registry.register(subjectFor(schema), schema)));
      expect(new Set(ids).size).to.equal(1);
      expect(await registry.versions(subjectFor(schema))).to.have.lengthOf(1);
    });

    it('refuses a schema that cannot read every earlier version, names subject and version, and keeps none of it', async () => {
      const [registry, record] = [await open(), uniqueRecord()];
      const subject = subjectFor(record());
      await registry.register(subject, record(field('a')));
      await registry.register(subject, record(field('b', { default: '' })));
      // Reads version 2, but `c` has no value in version 1.
      const refusal = await errorOf(registry.register(subject, record(field('b', { default: '' }), field('a'))));
      expect(`${refusal.code} ${refusal.message}`).to.match(new RegExp(`^MILL_SCHEMA_INCOMPATIBLE ${subject}: .*version 2`));
      expect((await errorOf(registry.register(subject, { type: 'recor', name: 'Thing' }))).code).to.equal('MILL_SCHEMA_INCOMPATIBLE');
      expect(await registry.versions(subject)).to.have.lengthOf(2);
    });

    it('lets readers of a newer schema read what older writers wrote', async () => {
      const [registry, record] = [await open(), uniqueRecord()];
      const older = await openAvroSerde<object>(registry, { schema: record(field('a'), field('gone')) });
      const bytes = older.serialize({ a: 'x', gone: 'y' });
      const newer = await openAvroSerde<object>(registry, { schema: record(field('a'), field('b', { default: 'new' })) });
      expect(newer.prepare?.(bytes)).to.equal(undefined);
      expect({ ...newer.deserialize(bytes) }).to.deep.equal({ a: 'x', b: 'new' });
    });

    it('lets readers that run already read what newer writers write, once prepared', async () => {
      const [registry, record] = [await open(), uniqueRecord()];
      const older = await openAvroSerde<object>(registry, { schema: record(field('a')) });
      const newer = await openAvroSerde<object>(await open(), { schema: record(field('a'), field('b', { default: '' })) });
      const bytes = newer.serialize({ a: 'x', b: 'y' });
      expect(() => older.deserialize(bytes)).to.throw(MillraceError).with.property('code', 'MILL_SCHEMA_UNKNOWN');
      await older.prepare?.(bytes);
      expect(older.prepare?.(bytes)).to.equal(undefined);
      expect({ ...older.deserialize(bytes) }).to.deep.equal({ a: 'x' });
    });

    it('leaves bytes that cannot be read to deserialise, which says why', async () => {
      const [registry, record] = [await open(), uniqueRecord()];
      const serde = await openAvroSerde<object>(registry, { schema: record(field('a')) });
      const other = await openAvroSerde<object>(registry, { schema: uniqueRecord()(field('a')) });
      const bytes = serde.serialize({ a: 'x' });
      const refusal = async (input: Buffer): Promise<string> => {
        const { code, message } = await errorOf(read(serde, input));
        return `${code} ${message}`;
      };
      expect(await refusal(framed(2_147_483_646, bytes.subarray(5)))).to.match(/^MILL_SCHEMA_UNKNOWN .*schema id 2147483646 is not known/);
      expect(await refusal(framed(-7, bytes.subarray(5)))).to.match(/^MILL_SCHEMA_UNKNOWN .*-7/);
      for (const _ of ['builds no resolver', 'and does not try again']) expect(await refusal(other.serialize({ a: 'x' }))).to.match(/^MILL_DESERIALIZATION .*is of another record/);
      expect(await refusal(bytes.subarray(0, 6))).to.match(/^MILL_DESERIALIZATION .*ends early/);
      expect(await refusal(Buffer.from('{}'))).to.match(/^MILL_DESERIALIZATION .*too few/);
    });

    it('takes the schemas that ship with Millrace', async () => {
      const { insight } = await openSerdes(await open());
      expect((await read(insight, insight.serialize(examples.Insight))).insightId).to.equal(examples.Insight.insightId);
    });
  });
}
