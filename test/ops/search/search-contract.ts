/** What a search answers, whatever index stands behind it. */
import { expect } from 'chai';
import { MillraceError, type SearchIndex } from '../../../connectors/ports/index.ts';
import type { SearchDependencies, SearchResponse } from '../../../ops/search/index.ts';
import { asset, frame, speech, type SearchFixture } from './search-fixture.ts';
import { vectorOf, wordModel } from './word-model.ts';

export function describeSearch(name: string, openFixture: () => Promise<SearchFixture>): void {
  describe(`search over ${name}`, () => {
    let fixture: SearchFixture;
    beforeEach(async () => {
      fixture = await openFixture();
    });
    afterEach(() => fixture.close());

    const order = ({ results }: SearchResponse): string[] => results.map(({ source }) => source.assetId);

    it('puts a text that says exactly what was asked before frames that resemble it weakly', async () => {
      await fixture.add(
        ...Array.from({ length: 20 }, (_, i) => frame(`weak-${i}`, { dog: 0.3, market: 1 }, { assetId: `weak-${i}` })),
        speech('exact', 'the dog waits at the door', { assetId: 'exact' }),
      );
      expect(order(await fixture.find('dog'))[0]).to.equal('exact');
    });

    it('puts a strong frame before a text that has one word of many', async () => {
      await fixture.add(frame('strong', { dog: 1, snow: 1 }, { assetId: 'strong' }), speech('some', 'snow is expected', { assetId: 'some' }));
      expect(order(await fixture.find('dog in the snow'))).to.deep.equal(['strong', 'some']);
    });

    it('leaves out vectors that are no better than chance', async () => {
      await fixture.add(frame('unlike', { dog: 0.1, market: 1 }), speech('unlike-too', 'something else', { assetId: 'asset-2', vector: vectorOf({ dog: 0.2, market: 1 }) }));
      expect((await fixture.find('dog')).results).to.deep.equal([]);
    });

    it('does not let words that say nothing decide', async () => {
      await fixture.add(speech('filler', 'what is it that you are to do with it', { assetId: 'filler' }), speech('telling', 'a rocket lifts off', { assetId: 'telling' }));
      expect(order(await fixture.find('what is the rocket'))).to.deep.equal(['telling']);
      expect(order(await fixture.find('what is it'))[0]).to.equal('filler');
    });

    it('joins frame, speech and screen text of one moment into one result with all reasons', async () => {
      await fixture.add(
        asset('talk', { fileName: 'talk.mp4', sourceUri: 'file:///talk.mp4' }),
        speech('said', 'the dog runs', { assetId: 'talk', startMs: 10_000, endMs: 14_000, vector: vectorOf({ dog: 1 }) }),
        frame('seen', { dog: 1 }, { assetId: 'talk', startMs: 12_000, endMs: 12_000, tags: ['dog', 'lawn'] }),
        speech('shown', 'DOG SHOW', { assetId: 'talk', modality: 'screen', startMs: 12_000, endMs: 12_000, frameBlobKey: 'f/seen.jpg' }),
        frame('later', { dog: 1, market: 0.5 }, { assetId: 'talk', startMs: 60_000, endMs: 60_000 }),
      );
      const { results } = await fixture.find('dog');
      expect(results).to.have.length(2);
      const [first, second] = results;
      expect(first?.why.map((reason) => reason.modality)).to.have.members(['speech', 'frame', 'screen', 'tag']);
      expect([first?.startMs, first?.endMs]).to.satisfy(([start, end]: [number, number]) => (start === 10_000 && end === 14_000) || (start === 12_000 && end === 12_000));
      expect(first?.frame).to.deep.equal({ blobKey: 'f/seen.jpg', path: '/blobs/f/seen.jpg', url: null });
      expect(first?.source).to.include({ assetId: 'talk', fileName: 'talk.mp4', sourceUri: 'file:///talk.mp4', mediaKind: 'VIDEO' });
      const said = first?.why.find((reason) => reason.modality === 'speech');
      expect(said).to.deep.include({ text: 'the dog runs', highlights: [[4, 7]], startMs: 10_000, endMs: 14_000 });
      expect(said?.similarity).to.be.closeTo(1, 1e-6);
      expect(second?.startMs).to.equal(60_000);
      expect(first?.score).to.be.above(second?.score ?? 0);
    });

    it('scores by weighted reciprocal ranks, k = 60', async () => {
      await fixture.add(frame('a', { dog: 1 }, { assetId: 'a' }), frame('b', { dog: 0.9, cat: Math.sqrt(1 - 0.81) }, { assetId: 'b' }));
      const { results } = await fixture.find('dog');
      expect(results.map(({ score }) => score)).to.deep.equal([1 / 61, 1 / 62]);
    });

    it('does not chain overlapping moments into one long result', async () => {
      await fixture.add(...Array.from({ length: 6 }, (_, i) => speech(`s${i}`, 'dog', { startMs: i * 1_000, endMs: i * 1_000 + 1_500 })));
      const { results } = await fixture.find('dog');
      expect(results.length).to.be.above(1);
      for (const { startMs, endMs } of results) expect((endMs ?? 0) - (startMs ?? 0)).to.equal(1_500);
    });

    it('makes one result of a photograph, and one of each passage of a document', async () => {
      await fixture.add(
        frame('photo', { dog: 1 }, { assetId: 'photo', mediaKind: 'IMAGE', startMs: null, endMs: null }),
        speech('sign', 'BEWARE OF THE DOG', { assetId: 'photo', modality: 'screen', mediaKind: 'IMAGE', startMs: null, endMs: null }),
        speech('p1', 'a dog barks', { assetId: 'book', modality: 'document', mediaKind: 'TEXT', startMs: null, endMs: null, charStart: 0 }),
        speech('p2', 'the dog sleeps', { assetId: 'book', modality: 'document', mediaKind: 'TEXT', startMs: null, endMs: null, charStart: 900 }),
      );
      expect(order(await fixture.find('dog'))).to.have.members(['photo', 'book', 'book']).and.have.length(3);
    });

    it('finds an asset by its metadata, with its first frame', async () => {
      await fixture.add(asset('lake', { text: 'lake.jpg Canon EOS' }), frame('lake-frame', { river: 1 }, { assetId: 'lake' }));
      const { results } = await fixture.find('canon eos');
      expect(results).to.have.length(1);
      expect(results[0]?.why[0]).to.deep.include({ modality: 'metadata', text: 'lake.jpg Canon EOS', highlights: [[9, 14], [15, 18]] });
      expect(results[0]?.frame?.blobKey).to.equal('f/lake-frame.jpg');
    });

    it('lets metadata strengthen the best moment of its asset instead of listing the asset twice', async () => {
      await fixture.add(asset('dog-film', { text: 'dog film' }), frame('seen', { dog: 1 }, { assetId: 'dog-film', startMs: 5_000, endMs: 5_000 }));
      const { results } = await fixture.find('dog');
      expect(results).to.have.length(1);
      expect(results[0]?.why.map((reason) => reason.modality)).to.deep.equal(['frame', 'metadata']);
      expect(results[0]?.startMs).to.equal(5_000);
    });

    it('finds frames like an image', async () => {
      await fixture.add(frame('river', { river: 1, snow: 0.3 }, { assetId: 'river' }), frame('cat', { cat: 1 }, { assetId: 'cat' }));
      const { results, notices } = await fixture.find({ image: new TextEncoder().encode('river') });
      expect(results.map(({ source }) => source.assetId)).to.deep.equal(['river']);
      expect(notices).to.deep.equal([]);
    });

    it('applies filters to every single search', async () => {
      await fixture.add(
        asset('asset-1', { text: 'dog' }),
        frame('seen', { dog: 1 }, { startMs: 1_000, endMs: 1_000, tags: ['lawn'] }),
        speech('said', 'dog', { startMs: 90_000, endMs: 91_000, vector: vectorOf({ dog: 1 }) }),
      );
      const starts = async (filter: object): Promise<(number | null)[]> => (await fixture.find({ text: 'dog', filter })).results.map(({ startMs }) => startMs);
      expect(await starts({ fromMs: 60_000 })).to.deep.equal([90_000]);
      expect(await starts({ modalities: ['frame'] })).to.deep.equal([1_000]);
      expect(await starts({ tags: ['lawn'] })).to.deep.equal([1_000]);
      expect(await starts({ kinds: ['AUDIO'] })).to.deep.equal([]);
      expect(await starts({ library: 'other' })).to.deep.equal([]);
    });

    it('gives no more results than asked for', async () => {
      await fixture.add(...Array.from({ length: 30 }, (_, i) => frame(`f${i}`, { dog: 1 }, { assetId: `a${i}` })));
      expect((await fixture.find({ text: 'dog', limit: 7 })).results).to.have.length(7);
    });

    describe('exact duplicates', () => {
      beforeEach(() =>
        fixture.add(
          asset('first', { fileName: 'first.jpg', text: 'first' }),
          asset('copy', { fileName: 'copy.jpg', text: 'holiday', body: { duplicateOf: 'first' } }),
          asset('theirs', { fileName: 'theirs.jpg', library: 'theirs', text: 'secret', body: { duplicateOf: 'first' } }),
          frame('seen', { dog: 1 }, { assetId: 'first' }),
        ));

      it('are listed with the asset that was processed', async () => {
        const { results } = await fixture.find('dog');
        expect(results).to.have.length(1);
        expect(results[0]?.source.assetId).to.equal('first');
        expect(results[0]?.alsoAt.map(({ assetId }) => assetId)).to.deep.equal(['copy', 'theirs']);
      });

      it('lead to the processed asset by their own names', async () => {
        const { results } = await fixture.find('holiday');
        expect(results.map(({ source }) => source.assetId)).to.deep.equal(['first']);
        expect(results[0]?.why[0]?.modality).to.equal('metadata');
      });

      it('answer for a library of their own, which learns nothing of another', async () => {
        const { results } = await fixture.find({ text: 'dog', filter: { library: 'theirs' } });
        expect(results.map(({ source, alsoAt }) => [source.assetId, ...alsoAt.map(({ assetId }) => assetId)])).to.deep.equal([['theirs']]);
        expect(JSON.stringify(results)).to.not.match(/first\.jpg|copy\.jpg/);
        const other = await fixture.find({ text: 'dog', filter: { library: 'default' } });
        expect(JSON.stringify(other.results)).to.not.include('theirs');
      });
    });

    describe('without models', () => {
      beforeEach(() => fixture.add(speech('said', 'the dog runs'), frame('seen', { dog: 1 }, { assetId: 'asset-2' })));

      it('searches words alone and says so', async () => {
        const { results, notices } = await fixture.find('dog', wordModel([]));
        expect(results.map(({ source }) => source.assetId)).to.deep.equal(['asset-1']);
        expect(notices).to.have.length(1);
        expect(notices[0]).to.include('model of text is not installed');
      });

      it('does the same when the model fails', async () => {
        const failing = { ...wordModel(), run: () => Promise.reject(new Error('the worker is gone')) };
        const { results, notices } = await fixture.find('dog', failing);
        expect(results).to.have.length(1);
        expect(notices[0]).to.include('the worker is gone');
      });

      it('cannot search for an image alone', async () => {
        const image = new TextEncoder().encode('dog');
        const error: unknown = await fixture.find({ image }, wordModel(['text'])).then(() => undefined, (reason: unknown) => reason);
        expect(error).to.have.property('code', 'MILL_MODEL_MISSING');
        const both = await fixture.find({ image, text: 'dog' }, wordModel(['text']));
        expect(both.results).to.have.length(2);
        expect(both.notices[0]).to.include('model of image-text is not installed');
      });
    });

    it('does not find what was rejected, by its name either', async () => {
      await fixture.add(asset('good', { text: 'holiday.mp4' }), asset('bad', { text: 'holiday.mp4', state: 'REJECTED', mediaKind: null }));
      expect(order(await fixture.find('holiday'))).to.deep.equal(['good']);
    });

    it('says what partial assets cannot be found by, while a model is missing', async () => {
      await fixture.add(speech('said', 'the dog runs', { assetId: 'whole' }), asset('whole'));
      expect((await fixture.find('dog')).notices, 'nothing is partial').to.deep.equal([]);
      await fixture.add(asset('part', { state: 'PARTIAL' }));
      expect((await fixture.find('dog', wordModel(['text', 'image-text', 'speech']))).notices).to.deep.equal(['Some assets are partial, and not found by words on the screen: model of ocr is not installed']);
      expect((await fixture.find('dog', wordModel(['text', 'image-text', 'speech', 'ocr']))).notices).to.deep.equal([]);
    });

    it('says that a file is no picture', async () => {
      const models: SearchDependencies['models'] = { ...wordModel(), run: async () => { throw new MillraceError('MILL_MODEL_FAILED', 'unsupported image format'); } };
      const error: unknown = await fixture.find({ image: new TextEncoder().encode('# notes') }, models).then(() => undefined, (reason: unknown) => reason);
      expect(error).to.include({ code: 'MILL_MEDIA_UNRECOGNIZED', message: 'the image cannot be read: unsupported image format' });
    });

    it('names an asset by its id while its document is not there yet', async () => {
      await fixture.add(frame('early', { dog: 1 }, { assetId: 'in-progress', library: 'lib' }));
      expect((await fixture.find('dog')).results[0]?.source).to.deep.equal({ assetId: 'in-progress', fileName: null, sourceUri: null, mediaKind: null, library: 'lib' });
    });

    it('fails with one of its single searches, instead of finding less', async () => {
      await fixture.add(asset('asset-1', { text: 'dog' }), frame('seen', { dog: 1 }, { tags: ['dog'] }), speech('said', 'dog'));
      const outage = new MillraceError('MILL_INDEX_UNAVAILABLE', 'a shard is gone');
      for (const single of ['searchText', 'searchVector', 'searchAssets'] as const) {
        const answering = fixture.index[single].bind(fixture.index) as (...asked: unknown[]) => Promise<never>;
        let calls = 0;
        // The second call of each fails where there is one: the first has its answer.
        const failsAt = single === 'searchAssets' ? 1 : 2;
        const failing = new Proxy(fixture.index, {
          get: (index, name) => {
            if (name === single) return (...asked: unknown[]) => ((calls += 1) === failsAt ? Promise.reject(outage) : answering(...asked));
            return (index[name as keyof SearchIndex] as () => unknown).bind(index);
          },
        });
        const error: unknown = await fixture.find('dog', wordModel(), failing).then(() => undefined, (reason: unknown) => reason);
        expect(error, single).to.equal(outage);
      }
    });

    it('refuses a query without content, and limits out of range', async () => {
      for (const query of [{}, { text: '  ' }, { text: 'dog', limit: 0 }, { text: 'dog', limit: 1.5 }, { text: 'dog', limit: 100_000 }]) {
        const error: unknown = await fixture.find(query).then(() => undefined, (reason: unknown) => reason);
        expect(error, JSON.stringify(query)).to.have.property('code', 'MILL_CONFIG_INVALID');
      }
    });

    it('answers hostile queries', async () => {
      await fixture.add(speech('said', 'the dog runs'));
      for (const text of ['"', 'NEAR(', '\u0000', '\u0002dog\u0003', '((((', 'dog" OR "', '🐶', 'x'.repeat(100_000)]) {
        expect((await fixture.find(text)).results, text.slice(0, 20)).to.be.an('array');
      }
      expect((await fixture.find('\u0002dog\u0003')).results).to.have.length(1);
    });
  });
}
