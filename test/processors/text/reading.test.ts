import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { openModelHost, type ModelHost } from '../../../processors/inference/index.ts';
import { createReader } from '../../../processors/text/index.ts';
import { openTestModels } from '../../support/models.ts';
import { textUnitOf } from '../units.ts';
import { dot } from '../../support/vectors.ts';

const { signal } = new AbortController();
describe('reading', () => {
  let models: ModelHost;
  before(async () => { models = await openTestModels(); });
  after(() => models.close());

  const embed = async (text: string): Promise<Float32Array> => (await models.run('text', { text })).output.vector;

  it('gives a text unit its embedding and keeps where the words come from', async () => {
    const unit = textUnitOf('The mill turns all night.', { unitId: 'screen:4000', origin: 'SCREEN', startMs: 3_000, endMs: 6_000, charStart: null, frameBlobKey: 'a/b.jpg', tags: ['paddlewheel'] });
    const { insights: [insight, ...others] } = await createReader({ models }).read(unit, { signal });
    expect(others).to.be.empty;
    expect(insight).to.include({ task: 'TEXT_EMBEDDING', status: 'OK', unitId: 'screen:4000', startMs: 3_000, endMs: 6_000, reason: null });
    const { result, model } = insight!;
    expect(model).to.deep.equal(models.describe('text'));
    if (result?.type !== 'TextEmbedding') throw new Error('no embedding');
    expect(result).to.deep.include({ origin: 'SCREEN', text: unit.text, charStart: null, frameBlobKey: 'a/b.jpg', tags: ['paddlewheel'] });
    expect(result.vector).to.have.length(384);
    expect(dot(Float32Array.from(result.vector), Float32Array.from(result.vector))).to.be.closeTo(1, 1e-4);
  });

  it('brings like meanings together', async () => {
    const [query, like, unlike] = await Promise.all(['How do I bake bread?', 'A recipe for a loaf of wheat and rye', 'The rocket left the launch pad at dawn'].map(embed));
    expect(dot(query!, like!)).to.be.greaterThan(dot(query!, unlike!) + 0.2);
  });

  it('does not depend on what else is in the batch', async () => {
    const long = 'A long passage about rivers and mills. '.repeat(60);
    const texts = ['short', long, 'a text of middling length, which says nothing', '', '水車'];
    const together = await Promise.all(texts.map(embed));
    for (const [index, text] of texts.entries()) expect(dot(together[index]!, await embed(text)), text.slice(0, 20)).to.be.closeTo(1, 1e-4);
  });

  it('skips with a reason what has no model', async () => {
    const none = await openModelHost({ modelsDirectory: '/nonexistent' });
    const { insights } = await createReader({ models: none }).read(textUnitOf('words'), { signal });
    await none.close();
    expect(insights.map(({ task, status }) => [task, status])).to.deep.equal([['TEXT_EMBEDDING', 'SKIPPED']]);
    expect(insights[0]!.reason).to.match(/not installed/);
  });

  it('stands in for a unit that cannot be read', () => {
    const { insights } = createReader({ models }).failed(textUnitOf('words'), new MillraceError('MILL_MODEL_FAILED', 'no'));
    expect(insights.map(({ task, status, reason }) => [task, status, reason])).to.deep.equal([['TEXT_EMBEDDING', 'FAILED', 'MILL_MODEL_FAILED: no']]);
  });
});
