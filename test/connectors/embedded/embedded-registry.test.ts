import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedRegistry } from '../../../connectors/embedded/registry/index.ts';
import { MillraceError, type AvroSchemaJson, type SchemaRegistry } from '../../../connectors/ports/index.ts';
import { openSerdes, serdes } from '../../../schemas/index.ts';
import { examples } from '../../schemas/examples.ts';

const field = (name: string, extra: object = {}) => ({ name, type: 'string', ...extra });
const record = (...fields: object[]): AvroSchemaJson => ({ type: 'record', name: 'Thing', namespace: 'test', fields });

const first = record(field('a'));
const second = record(field('a'), field('b', { default: '' }));

async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(() => 'no error', (error: unknown) => (error instanceof MillraceError ? error.code : String(error)));
}

describe('the embedded schema registry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-registry-'));
  const file = join(folder, 'new', 'schemas.json');

  after(() => { rmSync(folder, { recursive: true }); });

  it('gives the same id to the same schema, in any registry, and another to another', async () => {
    const [one, other] = [await openEmbeddedRegistry(), await openEmbeddedRegistry()];
    const id = await one.register('test.Thing', first);
    expect(await one.register('test.Thing', first)).to.equal(id);
    expect(await other.register('test.Thing', second)).to.not.equal(id);
    expect(await other.register('other.Subject', first)).to.equal(id);
    expect(await one.versions('test.Thing')).to.have.lengthOf(1);
  });

  it('remembers ids and versions across restarts, and leaves one whole file', async () => {
    const registry = await openEmbeddedRegistry({ file });
    const ids = await Promise.all([registry.register('test.Thing', first), registry.register('test.Thing', second)]);
    const reopened = await openEmbeddedRegistry({ file });
    expect((await reopened.versions('test.Thing')).map(({ id, version, schema }) => ({ id, version, schema }))).to.deep.equal([
      { id: ids[0], version: 1, schema: first },
      { id: ids[1], version: 2, schema: second },
    ]);
    expect(await reopened.schemaById(ids[1])).to.deep.equal(second);
    expect(await reopened.schemaById(1)).to.equal(undefined);
    expect(readdirSync(join(folder, 'new'))).to.deep.equal(['schemas.json']);
  });

  it('refuses a schema that cannot read every earlier version, and keeps none of it', async () => {
    const registry: SchemaRegistry = await openEmbeddedRegistry();
    await registry.register('test.Thing', first);
    await registry.register('test.Thing', record(field('b', { default: '' })));
    // Reads version 2, but `c` has no value in version 1.
    expect(await codeOf(registry.register('test.Thing', record(field('b', { default: '' }), field('c'))))).to.equal('MILL_SCHEMA_INCOMPATIBLE');
    expect(await codeOf(registry.register('test.Thing', { type: 'recor', name: 'Thing' }))).to.equal('MILL_SCHEMA_INCOMPATIBLE');
    expect(await registry.versions('test.Thing')).to.have.lengthOf(2);
  });

  it('names a damaged file instead of starting anew', async () => {
    for (const text of ['{', '{"format":9,"schemas":[]}', '[]']) {
      const damaged = join(folder, 'damaged.json');
      writeFileSync(damaged, text);
      expect(await codeOf(openEmbeddedRegistry({ file: damaged }))).to.equal('MILL_STATE_CORRUPT');
    }
  });

  it('agrees with the serdes that need no registry', async () => {
    const opened = await openSerdes(await openEmbeddedRegistry());
    expect(opened.insight.serialize(examples.Insight)).to.deep.equal(serdes.insight.serialize(examples.Insight));
    expect(opened.insight.deserialize(serdes.insight.serialize(examples.Insight)).insightId).to.equal(examples.Insight.insightId);
  });
});
