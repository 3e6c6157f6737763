import { expect } from 'chai';
import { stat } from 'node:fs/promises';
import { cardDigest, chooseCards, loadModelCards, parseModelCard, TASK_NAMES } from '../../../processors/inference/index.ts';

describe('the model cards', () => {
  it('serve every task with one default model', async () => {
    const cards = await loadModelCards();
    for (const task of TASK_NAMES) expect(cards.filter((card) => card.task === task && card.default), task).to.have.length(1);
    expect([...chooseCards(cards).keys()].sort()).to.deep.equal([...TASK_NAMES].sort());
  });

  it('name a converter that is there, and say where each extracted file comes from', async () => {
    for (const card of await loadModelCards()) {
      const converter = await stat(new URL(`../../../ops/models/convert/${card.recipe}.py`, import.meta.url));
      expect(converter.isFile(), card.name).to.equal(true);
      if (card.recipe === 'extract') expect(card.files.every(({ from }) => from !== undefined), card.name).to.equal(true);
    }
  });

  it('have a digest that depends on every file, and not on their order', async () => {
    const [card] = (await loadModelCards()).filter(({ files }) => files.length > 1);
    if (card === undefined) throw new Error('no card has several files');
    const digest = cardDigest(card);
    expect(cardDigest({ files: [...card.files].reverse() })).to.equal(digest);
    const changed = card.files.map((file, index) => (index === 0 ? { ...file, sha256: '0'.repeat(64) } : file));
    expect(cardDigest({ files: changed })).not.to.equal(digest);
  });

  it('can ask for another model than the default', async () => {
    const chosen = chooseCards(await loadModelCards(), { speech: 'whisper-tiny.en' });
    expect(chosen.get('speech')?.name).to.equal('whisper-tiny.en');
    expect(chooseCards(await loadModelCards(), { speech: 'nothing' }).has('speech')).to.equal(false);
  });

  it('are refused with the name of the field when a path would lead elsewhere', async () => {
    const [card] = await loadModelCards();
    const hostile = { ...card, files: [{ path: '../../escape', sha256: '0'.repeat(64), sizeBytes: 1 }] };
    expect(() => parseModelCard(hostile, 'hostile.json')).to.throw(/hostile\.json.*plain name[\s\S]*files\[0\]\.path/);
  });
});
