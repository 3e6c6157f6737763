import { expect } from 'chai';
import { insightIdOf } from '../../../processors/lineage.ts';
import type { AssetDocument, Insight } from '../../../schemas/index.ts';
import { TOPICS } from '../../../topology/media/index.ts';
import { removalHeaders } from '../../../topology/media/headers.ts';
import { shuffled } from '../../processors/assembly/fixtures.ts';
import { Harness } from './harness.ts';
import { vectorOf } from './world.ts';

const asset = (revision: number): Pick<Insight, 'assetId' | 'revision' | 'library' | 'priority' | 'contentHash'> =>
  ({ assetId: 'page', revision, library: 'home', priority: 'LIVE', contentHash: `h${revision}` });

function passage(revision: number, text: string, vector = vectorOf(text)): Insight {
  const unitId = `document:${text}`;
  return {
    ...asset(revision), insightId: insightIdOf({ assetId: 'page', revision, unitId, task: 'TEXT_EMBEDDING', lineage: 'l' }), mediaKind: 'TEXT', unitId,
    task: 'TEXT_EMBEDDING', status: 'OK', reason: null, model: null, lineage: 'l', startMs: null, endMs: null, confidence: null, computeMs: 0, spawned: [], producedAtMs: 0,
    result: { type: 'TextEmbedding', vector, origin: 'DOCUMENT', text, charStart: 0, frameBlobKey: null, tags: [] },
  };
}

function document(revision: number): AssetDocument {
  return {
    ...asset(revision), sourceUri: 'file:///page', fileName: 'page', sizeBytes: 1, mediaKind: 'TEXT', state: 'COMPLETE', reasons: [], duplicateOf: null, container: null,
    durationMs: null, width: null, height: null, metadata: [], tags: [], shots: [], transcript: null, insightCount: 1, computeMs: 0, models: [], submittedAtMs: 0, completedAtMs: 0,
  };
}

type Input = { readonly insight: Insight } | { readonly document: AssetDocument } | { readonly removedThrough: number };

describe('media topology: the gate before the index', () => {
  /** Each record in an epoch of its own, so that the order is the given one over both topics. */
  async function indexAll(inputs: readonly Input[]): Promise<{ revision: number | undefined; moments: string[] }> {
    const harness = await Harness.open({ stages: ['index'], partitions: 1 });
    try {
      for (const input of inputs) {
        if ('insight' in input) harness.driver.input(TOPICS.insights, 'page', input.insight);
        else if ('document' in input) harness.driver.input(TOPICS.documents, 'page', input.document);
        else harness.driver.input(TOPICS.documents, 'page', null, 0, removalHeaders({ throughRevision: input.removedThrough, library: 'home' }));
        await harness.driver.drain();
      }
      return { revision: (await harness.indexed('page'))?.revision, moments: await harness.moments('page') };
    } finally {
      await harness.close();
    }
  }

  const first: Input[] = [{ insight: passage(1, 'old a') }, { insight: passage(1, 'old b') }, { document: document(1) }];
  const second: Input[] = [{ insight: passage(2, 'new a') }, { insight: passage(2, 'new b') }, { document: document(2) }];

  it('a newer revision is all that is left, in every order', async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      expect(await indexAll(shuffled([...first, ...second, ...first], seed)), `seed ${seed}`).to.deep.equal({ revision: 2, moments: ['2 document new a', '2 document new b'] });
    }
  });

  it('nothing of a removed revision comes back, in every order', async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      expect(await indexAll(shuffled([...first, ...first, { removedThrough: 1 }], seed)), `seed ${seed}`).to.deep.equal({ revision: undefined, moments: [] });
    }
  });

  it('what was added after the removal stays, in every order', async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const inputs = shuffled([...first, ...second, { removedThrough: 1 }, { removedThrough: 1 }], seed);
      expect(await indexAll(inputs), `seed ${seed}`).to.deep.equal({ revision: 2, moments: ['2 document new a', '2 document new b'] });
    }
  });

  it('a tombstone that says no revision removes what is there, and lets a later revision in', async () => {
    const harness = await Harness.open({ stages: ['index'], partitions: 1 });
    try {
      harness.driver.input(TOPICS.documents, 'page', document(1));
      harness.driver.input(TOPICS.documents, 'page', null);
      await harness.driver.drain();
      expect(await harness.indexed('page')).to.equal(undefined);
      harness.driver.input(TOPICS.documents, 'page', document(1));
      harness.driver.input(TOPICS.documents, 'page', document(2));
      await harness.driver.drain();
      expect((await harness.indexed('page'))?.revision).to.equal(2);
    } finally {
      await harness.close();
    }
  });

  it('a passage that no model embedded is found by its words', async () => {
    const harness = await Harness.open({ stages: ['index'], partitions: 1 });
    try {
      const unembedded: Insight = { ...passage(1, 'the quiet mill', new Float32Array(0)), status: 'SKIPPED', reason: 'no model' };
      harness.driver.input(TOPICS.insights, 'page', unembedded);
      await harness.driver.drain();
      expect((await harness.index.searchText('mill', 1, {})).map(({ moment }) => moment.text)).to.deep.equal(['the quiet mill']);
    } finally {
      await harness.close();
    }
  });
});
