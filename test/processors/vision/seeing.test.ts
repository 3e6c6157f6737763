import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { projectFile } from '../../../ops/paths.ts';
import { MillraceError, type BlobStore } from '../../../connectors/ports/index.ts';
import { openModelHost, type ModelHost } from '../../../processors/inference/index.ts';
import { createSeer, type VisionFindings } from '../../../processors/vision/index.ts';
import type { Frame } from '../../../schemas/index.ts';
import { openTestModels } from '../../support/models.ts';
import { frameOf, insightOf, temporaryBlobs } from '../units.ts';
import { dot } from '../../support/vectors.ts';

const { signal } = new AbortController();
const photo = (name: string): Promise<Buffer> => readFile(projectFile('samples', 'media', 'photos', name));

/** A card as a film shows it: lines [text, size, y]. */
const card = (...lines: [text: string, size: number, y: number][]): Promise<Buffer> => {
  const texts = lines.map(([text, size, y]) => `<text x="90" y="${y}" font-size="${size}" font-family="sans-serif" fill="#fff">${text}</text>`);
  return sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720"><rect width="1280" height="720" fill="#243a4f"/>${texts.join('')}</svg>`)).jpeg({ quality: 85 }).toBuffer();
};

const linesOf = (findings: VisionFindings): string[] => {
  const { result } = insightOf(findings, 'OCR');
  return result?.type === 'ScreenText' ? result.lines.map(({ text }) => text) : [];
};

const vectorOf = (findings: VisionFindings): Float32Array => {
  const { result } = insightOf(findings, 'IMAGE_EMBEDDING');
  return result?.type === 'ImageEmbedding' ? Float32Array.from(result.vector) : new Float32Array();
};

describe('seeing', () => {
  let models: ModelHost;
  let blobs: BlobStore;
  let dispose: () => Promise<void>;
  before(async () => {
    models = await openTestModels();
    ({ blobs, dispose } = await temporaryBlobs());
  });
  after(async () => {
    await models.close();
    await dispose();
  });

  const see = async (jpeg: Buffer, place?: Pick<Frame, 'timeMs' | 'shotStartMs' | 'shotEndMs'>): Promise<VisionFindings> =>
    createSeer({ blobs, models }).see(await frameOf(blobs, jpeg, place), { signal });

  it('reads a title card, spaces and all', async () => {
    const lines = linesOf(await see(await card(['THE OLD WATER MILL', 64, 200], ['A film about water and grain', 40, 340], ['Recorded in Saxony, autumn 2024', 26, 620])));
    expect(lines).to.deep.equal(['THE OLD WATER MILL', 'A film about water and grain', 'Recorded in Saxony, autumn 2024']);
  });

  it('reads what is written upwards', async () => {
    const upright = await card(['VERTICAL SIGN', 90, 400]);
    expect(linesOf(await see(await sharp(upright).rotate(-90).jpeg().toBuffer()))).to.deep.equal(['VERTICAL SIGN']);
  });

  it('tells where a line stands', async () => {
    const { result } = insightOf(await see(await card(['HELLO', 80, 360])), 'OCR');
    const [left, top, right, bottom] = result?.type === 'ScreenText' ? result.lines[0]!.box : [];
    expect(left).to.be.closeTo(90, 30);
    expect(top).to.be.closeTo(300, 30);
    expect(right).to.be.closeTo(90 + 260, 60);
    expect(bottom).to.be.closeTo(362, 30);
  });

  it('sends the words of a frame on as one text unit with the tags of the frame', async () => {
    const sky = await sharp(await photo('cat.jpg')).resize(1280, 720).composite([{ input: Buffer.from('<svg width="1280" height="720"><rect y="560" width="1280" height="160" fill="#000"/><text x="80" y="665" font-size="72" font-family="sans-serif" fill="#fff">Meet Chelsea</text></svg>') }]).jpeg().toBuffer();
    const findings = await see(sky, { timeMs: 4_000, shotStartMs: 3_000, shotEndMs: 60_000 });
    const ocr = insightOf(findings, 'OCR');
    expect(findings.textUnits).to.have.length(1);
    const { result } = insightOf(findings, 'TAGS');
    expect(findings.textUnits[0]).to.deep.include({
      unitId: 'screen:4000', origin: 'SCREEN', text: 'Meet Chelsea', startMs: 3_000, endMs: 6_500,
      tags: result?.type === 'TagList' ? result.tags.map(({ label }) => label) : [],
    });
    expect(ocr.spawned).to.deep.equal([{ unitId: 'screen:4000', tasks: ['TEXT_EMBEDDING'] }]);
    expect([ocr.startMs, ocr.endMs]).to.deep.equal([3_000, 6_500]);
  });

  it('reads nothing where nothing is written', async () => {
    for (const name of ['cat.jpg', 'coffee.jpg', 'dahlia.jpg', 'mountains.jpg']) {
      const findings = await see(await photo(name));
      expect(linesOf(findings), name).to.be.empty;
      expect(findings.textUnits).to.be.empty;
      expect(insightOf(findings, 'OCR')).to.deep.include({ status: 'OK', spawned: [], startMs: null, endMs: null });
    }
  });

  it('tags what it knows, lower case, best first', async () => {
    const { result } = insightOf(await see(await photo('coffee.jpg')), 'TAGS');
    const tags = result?.type === 'TagList' ? result.tags : [];
    expect(tags[0]!.label).to.equal('espresso');
    expect(tags.map(({ confidence }) => confidence)).to.deep.equal(tags.map(({ confidence }) => confidence).sort((a, b) => b - a));
    for (const { label } of tags) expect(label).to.equal(label.toLowerCase());
  });

  it('places photographs near the words for them', async () => {
    const shown = { 'cat.jpg': 'a cat', 'coffee.jpg': 'a cup of coffee', 'dahlia.jpg': 'a flower', 'rocket.jpg': 'a rocket launch', 'spaniels.jpg': 'dogs' };
    const vectors = await Promise.all(Object.keys(shown).map(async (name) => vectorOf(await see(await photo(name)))));
    for (const [index, text] of Object.values(shown).entries()) {
      const { output } = await models.run('text', { text });
      const scores = vectors.map((vector) => dot(vector, output.vector));
      expect(scores.indexOf(Math.max(...scores)), text).to.equal(index);
    }
    for (const vector of vectors) expect(dot(vector, vector)).to.be.closeTo(1, 1e-4);
  });

  it('gives the same ids and vectors for the same input, alone or among others', async () => {
    const alone = await see(await photo('cat.jpg'));
    const [among] = await Promise.all(['cat.jpg', 'coffee.jpg', 'fig.jpg', 'pagoda.jpg', 'rocket.jpg'].map(async (name) => see(await photo(name))));
    expect(among!.insights.map(({ insightId }) => insightId)).to.deep.equal(alone.insights.map(({ insightId }) => insightId));
    expect(dot(vectorOf(among!), vectorOf(alone))).to.be.closeTo(1, 1e-5);
  });

  it('skips with a reason what has no model', async () => {
    const none = await openModelHost({ modelsDirectory: '/nonexistent' });
    const { insights } = await createSeer({ blobs, models: none }).see(await frameOf(blobs, await photo('cat.jpg')), { signal });
    await none.close();
    expect(insights.map(({ task, status }) => [task, status])).to.deep.equal([['IMAGE_EMBEDDING', 'SKIPPED'], ['TAGS', 'SKIPPED'], ['OCR', 'SKIPPED']]);
    for (const { reason } of insights) expect(reason).to.match(/not installed/);
  });

  it('stands in for a frame that cannot be seen', async () => {
    const { insights } = createSeer({ blobs, models }).failed(await frameOf(blobs, await photo('cat.jpg')), new MillraceError('MILL_MODEL_FAILED', 'no picture'));
    expect(insights.map(({ task, status, reason }) => [task, status, reason])).to.deep.equal(
      ['IMAGE_EMBEDDING', 'TAGS', 'OCR'].map((task) => [task, 'FAILED', 'MILL_MODEL_FAILED: no picture']),
    );
  });

  it('says so when the bytes are no picture', async () => {
    const error: unknown = await see(Buffer.from('no picture')).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError);
  });
});
