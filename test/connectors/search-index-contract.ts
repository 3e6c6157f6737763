/** What every SearchIndex does, whatever stands behind it. */
import { expect } from 'chai';
import type { AssetIndexDocument, IndexOperation, MomentDocument, MomentHit, SearchFilter, SearchIndex } from '../../connectors/ports/index.ts';
import { asset, axis, DIMENSIONS, mixed, moment } from './sample-documents.ts';

export interface SearchIndexUnderTest {
  /** A fresh, empty index. */
  readonly open: () => Promise<SearchIndex>;
  /** Resolves when searches see all that was written. */
  readonly searchable: () => Promise<void>;
  /** Removes what `open` made. */
  readonly cleanUp: (index: SearchIndex) => Promise<void>;
}

const moments = (...documents: MomentDocument[]): IndexOperation[] => documents.map((document) => ({ type: 'moment', document }));
const assets = (...documents: AssetIndexDocument[]): IndexOperation[] => documents.map((document) => ({ type: 'asset', document }));
const ids = (hits: readonly MomentHit[]): string[] => hits.map((hit) => hit.moment.id);

export function describeSearchIndexContract(name: string, { open, searchable, cleanUp }: SearchIndexUnderTest): void {
  describe(`${name} keeps the SearchIndex contract`, () => {
    let index: SearchIndex;
    beforeEach(async () => {
      index = await open();
    });
    afterEach(() => cleanUp(index));

    const store = async (operations: readonly IndexOperation[]): Promise<void> => {
      expect(await index.write(operations)).to.deep.equal([]);
      await searchable();
    };
    const textIds = async (query: string, filter: SearchFilter = {}): Promise<string[]> => ids(await index.searchText(query, 20, filter));
    const idsThrough = async (filter: SearchFilter): Promise<string[]> => ids(await index.searchVector(axis(0), 50, filter)).sort();

    describe('writing', () => {
      it('gives a moment back as it was written', async () => {
        const written = moment('m1', { text: 'Déjà vu, said the \u{1f426}', tags: ['Bird', 'sky'], vector: mixed(1, 2, 0.6), startMs: 1_500, endMs: 2_750, charStart: 12, frameBlobKey: 'aa/bb.jpg' });
        await store(moments(written));
        expect(await index.moments('asset-1')).to.deep.equal([written]);
      });

      it('gives an asset back as it was written', async () => {
        const written = asset('a', { state: 'PARTIAL', tags: ['lion'], body: { reasons: ['no speech model'], duplicateOf: null, nested: { list: [1, 2.5, null] } } });
        await store(assets(written));
        expect(await index.assets(['a', 'unknown'])).to.deep.equal([written]);
      });

      it('is idempotent: the same operations twice leave one document each', async () => {
        const operations = [...moments(moment('m1', { text: 'one fish' }), moment('m2', { text: 'two fish' })), ...assets(asset('asset-1'))];
        await store(operations);
        await store(operations);
        expect(await index.counts()).to.deep.equal({ assets: 1, moments: 2, byState: { COMPLETE: 1 } });
        expect(await textIds('fish')).to.have.members(['m1', 'm2']).and.have.length(2);
        expect(ids(await index.searchVector(axis(0), 10, {}))).to.have.length(2);
      });

      it('replaces a moment that is written again: old words, tags and vector no longer find it', async () => {
        await store(moments(moment('m1', { text: 'sunrise', tags: ['sun'], vector: axis(0) })));
        await store(moments(moment('m1', { text: 'moonlight', tags: ['moon'], vector: axis(3) })));
        expect(await textIds('sunrise')).to.deep.equal([]);
        expect(await textIds('moonlight')).to.deep.equal(['m1']);
        expect(await idsThrough({ tags: ['sun'] })).to.deep.equal([]);
        const [hit] = await index.searchVector(axis(3), 1, {});
        expect(hit?.score).to.be.closeTo(1, 1e-6);
      });

      it('counts an older revision as done and keeps the newer', async () => {
        await store([...moments(moment('m2', { revision: 2, text: 'new words' })), ...assets(asset('asset-1', { revision: 2, fileName: 'new.mp4' }))]);
        await store([...moments(moment('m1', { revision: 1, text: 'old words' }), moment('m2', { revision: 1, text: 'old words' })), ...assets(asset('asset-1', { revision: 1, fileName: 'old.mp4' }))]);
        expect(await textIds('old')).to.deep.equal([]);
        expect(await textIds('new')).to.deep.equal(['m2']);
        expect((await index.assets(['asset-1']))[0]?.fileName).to.equal('new.mp4');
      });

      it('removes the moments of older revisions when the asset arrives, and no others', async () => {
        await store(moments(moment('old', { revision: 1, text: 'words' }), moment('new', { revision: 2, text: 'words' }), moment('else', { assetId: 'asset-2', revision: 1, text: 'words' })));
        expect(await textIds('words')).to.have.members(['old', 'new', 'else']);
        await store(assets(asset('asset-1', { revision: 2 })));
        expect(await textIds('words')).to.have.members(['new', 'else']);
        expect(await idsThrough({})).to.deep.equal(['else', 'new']);
      });

      it('deletes an asset with its moments up to a revision', async () => {
        await store([...moments(moment('m1', { text: 'words', tags: ['t'] }), moment('m3', { revision: 3, text: 'words' })), ...assets(asset('asset-1', { text: 'words' }), asset('asset-2', { revision: 5 }))]);
        await store([{ type: 'delete', assetId: 'asset-1', revision: 2 }, { type: 'delete', assetId: 'asset-2', revision: 4 }]);
        expect(await textIds('words')).to.deep.equal(['m3']);
        expect(await index.searchAssets('words', 5, {})).to.deep.equal([]);
        expect((await index.listAssets({ limit: 10 })).map((found) => found.assetId)).to.deep.equal(['asset-2']);
      });

      it('applies the operations of one call in their order', async () => {
        await store([...moments(moment('m1', { text: 'words' })), { type: 'delete', assetId: 'asset-1', revision: 1 }, ...moments(moment('m4', { revision: 4, text: 'words' }))]);
        expect(await textIds('words')).to.deep.equal(['m4']);
      });

      it('rejects what is unsound with its reason and stores the rest', async () => {
        const bad = [
          moment('nan', { vector: new Float32Array(DIMENSIONS).fill(Number.NaN) }),
          moment('zero', { vector: new Float32Array(DIMENSIONS) }),
          moment('none', { vector: new Float32Array(0) }),
          moment('backwards', { startMs: 10, endMs: 5 }),
          moment('', {}),
          moment('fraction', { revision: 1.5 }),
        ];
        const rejected = await index.write(moments(...bad, moment('good', { text: 'fine' })));
        expect(rejected.map(({ operation }) => (operation.type === 'moment' ? operation.document.id : operation.type))).to.deep.equal(bad.map(({ id }) => id));
        for (const { reason } of rejected) expect(reason).to.match(/\S/);
        await searchable();
        expect(await textIds('fine')).to.deep.equal(['good']);
        expect((await index.counts()).moments).to.equal(1);
      });

      it('finds a moment without a vector by its words alone', async () => {
        await store(moments(moment('m1', { vector: null, text: 'only words' })));
        expect(await textIds('words')).to.deep.equal(['m1']);
        expect(await index.searchVector(axis(0), 5, {})).to.deep.equal([]);
        expect((await index.moments('asset-1'))[0]?.vector).to.equal(null);
      });

      it('keeps texts that hold NUL, highlight marks or half a character findable', async () => {
        await store(moments(moment('m1', { text: 'before\u0000after \u0002mark\u0003 half\ud83d end' })));
        for (const word of ['before', 'after', 'mark', 'half', 'end']) expect(await textIds(word), word).to.deep.equal(['m1']);
        const [hit] = await index.searchText('end', 1, {});
        expect(hit?.highlight?.match(/[\u0002\u0003]/g)).to.have.length(2);
      });

      it('serves writers and searchers at the same time', async () => {
        const batches = Array.from({ length: 8 }, (_, batch) => moments(...Array.from({ length: 50 }, (_unused, i) => moment(`m${batch}-${i}`, { text: `batch ${batch} word` }))));
        const searches = Array.from({ length: 20 }, () => index.searchText('word', 500, {}));
        await Promise.all(batches.map((batch) => index.write(batch)));
        await Promise.all(searches);
        await searchable();
        expect((await index.searchText('word', 500, {})).length).to.equal(400);
      });
    });

    describe('vectors', () => {
      it('ranks by cosine similarity and cuts at k', async () => {
        await store(moments(moment('far', { vector: mixed(0, 1, 0.1) }), moment('near', { vector: mixed(0, 1, 0.9) }), moment('same', { vector: axis(0) }), moment('half', { vector: mixed(0, 1, 0.5) })));
        const hits = await index.searchVector(axis(0), 3, {});
        expect(ids(hits)).to.deep.equal(['same', 'near', 'half']);
        expect(hits.map((hit) => Number(hit.score.toFixed(4)))).to.deep.equal([1, 0.9, 0.5]);
        expect(hits.map((hit) => hit.highlight)).to.deep.equal([null, null, null]);
      });

      it('finds the k best among those that pass the filter, however few they are', async () => {
        const crowd = Array.from({ length: 300 }, (_, i) => moment(`crowd-${i}`, { vector: mixed(0, 1, 0.99) }));
        await store(moments(...crowd, moment('rare', { library: 'other', vector: mixed(0, 1, 0.2) })));
        expect(ids(await index.searchVector(axis(0), 5, { library: 'other' }))).to.deep.equal(['rare']);
      });

      it('leaves moments of another number of dimensions out', async () => {
        await store(moments(moment('eight'), moment('four', { lineage: '0f1e2d3c4b5a6978', vector: Float32Array.of(1, 0, 0, 0) })));
        expect(ids(await index.searchVector(axis(0), 5, {}))).to.deep.equal(['eight']);
        expect(ids(await index.searchVector(Float32Array.of(1, 0, 0, 0), 5, {}))).to.deep.equal(['four']);
      });
    });

    describe('full text', () => {
      const stored = (): Promise<void> =>
        store(moments(
          moment('dogs', { text: 'Two dogs were running along the café wall.' }),
          moment('cat', { text: 'A cat slept.' }),
          moment('weather', { text: 'Tomorrow brings rain, more rain, and nothing but rain.' }),
        ));

      it('matches inflected forms, and letters without their accents', async () => {
        await stored();
        expect(await textIds('dog')).to.deep.equal(['dogs']);
        expect(await textIds('runs')).to.deep.equal(['dogs']);
        expect(await textIds('CAFE')).to.deep.equal(['dogs']);
        expect(await textIds('slept cafè')).to.have.members(['cat', 'dogs']);
      });

      it('splits words at all but letters and digits', async () => {
        await store(moments(moment('m1', { text: "holiday_2019.jpg can't example.com/path x86-64" })));
        for (const word of ['holiday', '2019', 'jpg', 'can', 'example', 'path', '64']) expect(await textIds(word), word).to.deep.equal(['m1']);
        expect(await textIds('hol ample 20')).to.deep.equal([]);
      });

      it('matches letters whose accents stand behind them, and text without spaces as a whole', async () => {
        await store(moments(moment('m1', { text: 'cafe\u0301 A\u030angstro\u0308m' }), moment('m2', { text: '犬が走る。' })));
        expect(await textIds('café')).to.deep.equal(['m1']);
        expect(await textIds('angstrom')).to.deep.equal(['m1']);
        expect(await textIds('犬が走る')).to.deep.equal(['m2']);
        expect(await textIds('犬')).to.deep.equal([]);
        const [hit] = await index.searchText('犬が走る', 1, {});
        expect(hit?.highlight).to.equal('\u0002犬が走る\u0003。');
      });

      it('requires no word, and puts what matches more of them first', async () => {
        await stored();
        expect((await textIds('rain on running dogs'))[0]).to.equal('dogs');
        expect(await textIds('elephants in the rain')).to.include('weather');
      });

      it('marks the matched words, and nothing else', async () => {
        await stored();
        const [hit] = await index.searchText('running dog', 1, {});
        expect(hit?.highlight).to.equal('Two \u0002dogs\u0003 were \u0002running\u0003 along the café wall.');
        expect(hit?.moment.text).to.equal('Two dogs were running along the café wall.');
        expect(hit?.score).to.be.above(0);
      });

      it('searches the tags of a moment without text', async () => {
        await store(moments(moment('frame', { modality: 'frame', tags: ['golden retriever', 'lawn'] })));
        const [hit] = await index.searchText('retrievers', 5, { modalities: ['frame'] });
        expect(hit?.moment.id).to.equal('frame');
        expect(hit?.moment.text).to.equal(null);
        expect(hit?.highlight).to.equal('golden \u0002retriever\u0003, lawn');
      });

      const HOSTILE = [
        '', '   ', '"', '""', "'", '(', ')', '((((', '*', 'dog*', '^dog', 'NEAR(', 'NEAR(dog cat, 2)', 'dog AND', 'AND', 'OR OR OR', 'NOT dog', 'words:dog', '{words}:dog', '- dog',
        'dog + cat', '"dog', 'dog" OR "1"="1', "'; DROP TABLE moments; --", 'dog\u0000cat', '\u0000', '\ud800', '\u202edog', '%', '_', '\\', '?', '$1', ':x', '@x',
        'dog'.repeat(200_000), 'dog '.repeat(200_000), '('.repeat(100_000), Array.from({ length: 3_000 }, (_, i) => `w${i}`).join(' '), '🐶'.repeat(5_000), '犬', 'e\u0301'.repeat(500),
      ];
      it('takes hostile query syntax as plain text', async () => {
        await stored();
        await store(assets(asset('asset-1', { text: 'dog.mp4' })));
        for (const query of HOSTILE) {
          const label = JSON.stringify(query).slice(0, 40);
          expect(await index.searchText(query, 5, {}), label).to.be.an('array');
          expect(await index.searchAssets(query, 5, {}), label).to.be.an('array');
        }
        expect(await textIds('NOT dog')).to.deep.equal(['dogs']);
        expect(await textIds('words:dog')).to.deep.equal(['dogs']);
        expect(await textIds('dog NEAR elephant')).to.deep.equal(['dogs']);
        expect(await textIds('do*')).to.deep.equal([]);
        expect((await index.counts()).moments).to.equal(3);
      });
    });

    describe('filters', () => {
      beforeEach(() =>
        store(moments(
          moment('speech', { startMs: 1_000, endMs: 2_000, tags: ['Indoor'] }),
          moment('frame', { modality: 'frame', startMs: 1_500, endMs: 1_500, tags: ['dog', 'indoor'] }),
          moment('photo', { modality: 'frame', mediaKind: 'IMAGE', assetId: 'asset-2', startMs: null, endMs: null, tags: ['dog'] }),
          moment('open', { mediaKind: 'AUDIO', assetId: 'asset-3', startMs: 5_000, endMs: null }),
          moment('tenant', { library: 'other', assetId: 'asset-4', startMs: 0, endMs: 10_000 }),
        )));

      const cases: readonly (readonly [string, SearchFilter, readonly string[]])[] = [
        ['nothing', {}, ['frame', 'open', 'photo', 'speech', 'tenant']],
        ['library', { library: 'other' }, ['tenant']],
        ['an unknown library', { library: "x' OR 1=1 --" }, []],
        ['kinds', { kinds: ['IMAGE', 'AUDIO'] }, ['open', 'photo']],
        ['an empty list', { kinds: [] }, []],
        ['modalities', { modalities: ['frame'] }, ['frame', 'photo']],
        ['assets', { assetIds: ['asset-2', 'asset-3', 'nobody'] }, ['open', 'photo']],
        ['a tag in another case', { tags: ['DOG'] }, ['frame', 'photo']],
        ['all of several tags', { tags: ['dog', 'indoor'] }, ['frame']],
        ['from', { fromMs: 2_000 }, ['open', 'tenant']],
        ['from, one millisecond earlier', { fromMs: 1_999 }, ['open', 'speech', 'tenant']],
        ['to', { toMs: 1_000 }, ['tenant']],
        ['to, one millisecond later', { toMs: 1_001 }, ['speech', 'tenant']],
        ['a point in time', { fromMs: 1_500, toMs: 1_501 }, ['frame', 'speech', 'tenant']],
        ['just after a point', { fromMs: 1_501, toMs: 1_600 }, ['speech', 'tenant']],
        ['a start without an end', { fromMs: 5_000, toMs: 5_001 }, ['open', 'tenant']],
        ['several at once', { library: 'default', kinds: ['VIDEO'], modalities: ['frame'], tags: ['dog'], fromMs: 0, toMs: 9_000 }, ['frame']],
      ];
      it('let exactly the right moments through', async () => {
        for (const [what, filter, expected] of cases) expect(await idsThrough(filter), what).to.deep.equal(expected);
      });

      it('takes thousands of asset ids', async () => {
        expect(await idsThrough({ assetIds: [...Array.from({ length: 50_000 }, (_, i) => `x${i}`), 'asset-2'] })).to.deep.equal(['photo']);
      });

      it('applies to full text and to assets as well', async () => {
        await store([
          ...moments(moment('here', { text: 'lion' }), moment('there', { text: 'lion', library: 'other' })),
          ...assets(asset('a', { text: 'lion', tags: ['zoo'] }), asset('b', { text: 'lion', library: 'other' }), asset('c', { text: 'lion', mediaKind: 'IMAGE' })),
        ]);
        expect(await textIds('lion', { library: 'other' })).to.deep.equal(['there']);
        const found = async (filter: SearchFilter): Promise<string[]> => (await index.searchAssets('lion', 5, filter)).map((hit) => hit.asset.assetId).sort();
        expect(await found({ library: 'default' })).to.deep.equal(['a', 'c']);
        expect(await found({ kinds: ['IMAGE'] })).to.deep.equal(['c']);
        expect(await found({ tags: ['Zoo'] })).to.deep.equal(['a']);
        expect(await found({ assetIds: ['b'] })).to.deep.equal(['b']);
      });

      it('lets a processed asset stand for its exact duplicates', async () => {
        await store(assets(asset('asset-1'), asset('copy', { library: 'copies', body: { duplicateOf: 'asset-1' } })));
        expect(await idsThrough({ library: 'copies' })).to.deep.equal(['frame', 'speech']);
        expect(await idsThrough({ assetIds: ['copy'] })).to.deep.equal(['frame', 'speech']);
        expect((await index.duplicatesOf(['asset-1', 'asset-2'])).map((found) => found.assetId)).to.deep.equal(['copy']);
        expect(await index.duplicatesOf(['copy'])).to.deep.equal([]);
      });
    });

    describe('assets', () => {
      it('finds an asset by its searchable words, marked', async () => {
        await store(assets(asset('a', { text: 'holiday.jpg Canon EOS lake' }), asset('b', { text: 'talk.mp3' })));
        const [hit, ...others] = await index.searchAssets('canons', 5, {});
        expect(others).to.deep.equal([]);
        expect(hit?.asset.assetId).to.equal('a');
        expect(hit?.highlight).to.equal('holiday.jpg \u0002Canon\u0003 EOS lake');
      });

      it('lists assets in pages by id', async () => {
        await store(assets(asset('c'), asset('a'), asset('b', { library: 'other' }), asset('d')));
        const page = async (options: { library?: string; after?: string; limit: number }): Promise<string[]> => (await index.listAssets(options)).map((found) => found.assetId);
        expect(await page({ limit: 2 })).to.deep.equal(['a', 'b']);
        expect(await page({ limit: 2, after: 'b' })).to.deep.equal(['c', 'd']);
        expect(await page({ limit: 9, library: 'default', after: 'a' })).to.deep.equal(['c', 'd']);
      });

      it('counts by state', async () => {
        await store([...assets(asset('a'), asset('b', { state: 'PARTIAL' }), asset('c', { state: 'REJECTED', mediaKind: null }), asset('d')), ...moments(moment('m'))]);
        expect(await index.counts()).to.deep.equal({ assets: 4, moments: 1, byState: { COMPLETE: 2, PARTIAL: 1, REJECTED: 1 } });
      });

      it('counts nothing in an empty index', async () => {
        expect(await index.counts()).to.deep.equal({ assets: 0, moments: 0, byState: {} });
      });
    });

    it('lists the moments of an asset by time', async () => {
      await store(moments(moment('late', { startMs: 9_000, endMs: 9_500 }), moment('early', { startMs: 10, endMs: 20 }), moment('other', { assetId: 'asset-2' })));
      expect((await index.moments('asset-1')).map((found) => found.id)).to.deep.equal(['early', 'late']);
    });

    it('names the stored frame nearest to a time', async () => {
      await store(moments(
        moment('f1', { modality: 'frame', startMs: 1_000, endMs: 1_000, frameBlobKey: 'a/1.jpg' }),
        moment('f2', { modality: 'frame', startMs: 6_000, endMs: 6_000, frameBlobKey: 'a/6.jpg' }),
        moment('s', { startMs: 5_000, endMs: 5_100, text: 'no frame' }),
      ));
      expect(await index.nearestFrame('asset-1', 0)).to.equal('a/1.jpg');
      expect(await index.nearestFrame('asset-1', 4_000)).to.equal('a/6.jpg');
      expect(await index.nearestFrame('asset-2', 0)).to.equal(null);
    });

    it('refuses work after it was closed', async () => {
      await index.close();
      for (const work of [() => index.counts(), () => index.write(moments(moment('m')))]) {
        const error: unknown = await work().then(() => undefined, (reason: unknown) => reason);
        expect(error).to.have.property('code', 'MILL_CLOSED');
      }
    });
  });
}
