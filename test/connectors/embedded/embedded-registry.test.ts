import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedRegistry } from '../../../connectors/embedded/registry/index.ts';
import type { AvroSchemaJson } from '../../../connectors/ports/index.ts';
import { openSerdes, serdes } from '../../../schemas/index.ts';
import { examples } from '../../schemas/examples.ts';
import { errorOf, field, schemaRegistryContract } from '../schema-registry-contract.ts';

const record = (...fields: object[]): AvroSchemaJson => ({ type: 'record', name: 'Thing', namespace: 'test', fields });

const first = record(field('a'));
const second = record(field('a'), field('b', { default: '' }));

const shared = openEmbeddedRegistry();
schemaRegistryContract('embedded', () => shared);

describe('the embedded schema registry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-registry-'));
  const file = join(folder, 'new', 'schemas.json');

  after(() => { rmSync(folder, { recursive: true }); });

  it('gives the same id to the same schema in any registry', async () => {
    const [one, other] = [await openEmbeddedRegistry(), await openEmbeddedRegistry()];
    expect(await one.register('test.Thing', first)).to.equal(await other.register('other.Subject', first));
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

  it('names a damaged file instead of starting anew', async () => {
    for (const text of ['{', '{"format":9,"schemas":[]}', '[]']) {
      const damaged = join(folder, 'damaged.json');
      writeFileSync(damaged, text);
      expect((await errorOf(openEmbeddedRegistry({ file: damaged }))).code).to.equal('MILL_STATE_CORRUPT');
    }
  });

  it('agrees with the serdes that need no registry', async () => {
    const opened = await openSerdes(await openEmbeddedRegistry());
    expect(opened.insight.serialize(examples.Insight)).to.deep.equal(serdes.insight.serialize(examples.Insight));
    expect(opened.insight.deserialize(serdes.insight.serialize(examples.Insight)).insightId).to.equal(examples.Insight.insightId);
  });
});
