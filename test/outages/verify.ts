/** What must hold when all is over: every file found, once, and nothing left behind. */
import { expect } from 'chai';
import { openElasticsearchIndex } from '../../connectors/elasticsearch/index.ts';
import { eventually } from '../faults/world.ts';
import { recordsWaiting } from '../support/instance.ts';
import type { Batch } from './media.ts';
import type { World } from './world.ts';

const PATIENCE_MS = 300_000;

export async function verifyAllIsThere(world: World, batches: readonly Batch[], auditFrom: readonly number[]): Promise<void> {
  const { instance, elasticsearch, indexPrefix } = world;
  const wanted = batches.flatMap(({ files }) => files).sort();
  const ended = new Map<string, number>();
  let cursor = auditFrom;
  await eventually('every asset has come to its end', async () => {
    const { events, next } = await instance.audit(cursor);
    cursor = next;
    for (const { type, assetId } of events) if (type === 'COMPLETED' || type === 'PARTIAL' || type === 'REJECTED') ended.set(assetId, (ended.get(assetId) ?? 0) + 1);
    return ended.size >= wanted.length;
  }, PATIENCE_MS, () => `${ended.size} of ${wanted.length}`);
  await eventually('nothing waits', async () => recordsWaiting(await instance.status()) === 0, PATIENCE_MS);

  expect([...ended.values()].filter((times) => times !== 1), 'assets that came to an end more than once').to.deep.equal([]);
  const index = await openElasticsearchIndex({ url: elasticsearch.url, indexPrefix, readOnly: true });
  try {
    await eventually('all documents can be searched', async () => (await index.assets([...ended.keys()])).length === wanted.length);
    const assets = await index.assets([...ended.keys()]);
    expect(assets.map(({ fileName }) => fileName).sort()).to.deep.equal(wanted);
    expect(assets.filter(({ state }) => state !== 'COMPLETE').map(({ body }) => body)).to.deep.equal([]);
    // Each index has a refresh of its own.
    await eventually('all moments can be searched', async () => (await Promise.all(assets.map(({ assetId }) => index.moments(assetId)))).every(({ length }) => length > 0));
    for (const { assetId, fileName } of assets) {
      const moments = await index.moments(assetId);
      // The reader of screens may take a disc for a letter.
      const certain = moments.map(({ modality }) => modality).filter((modality) => modality !== 'screen');
      expect(certain, `moments of ${fileName}`).to.deep.equal([fileName.endsWith('.jpg') ? 'frame' : 'document']);
    }
  } finally {
    await index.close();
  }
  expect(await instance.deadLetters(10), 'dead letters').to.deep.equal([]);
}
