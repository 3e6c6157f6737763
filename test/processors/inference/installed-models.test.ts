import { expect } from 'chai';
import path from 'node:path';
import { fetchModels } from '../../../ops/models/index.ts';
import { resolvePaths } from '../../../ops/paths.ts';
import { openModelHost, TASK_NAMES, type ModelHost } from '../../../processors/inference/index.ts';
import { dot } from '../../support/vectors.ts';

describe('the installed models', function () {
  this.timeout(300_000);
  let host: ModelHost;
  before(async () => {
    const { cache: cacheDirectory } = resolvePaths();
    await fetchModels({ cacheDirectory });
    host = await openModelHost({ modelsDirectory: path.join(cacheDirectory, 'models'), workers: 2 });
  });
  after(() => host.close());

  it('load and answer, every one of them', async () => {
    await host.warmUp();
    expect(host.stats().tasks.map(({ task, loadedOn }) => [task, loadedOn])).to.deep.equal(TASK_NAMES.map((task) => [task, 1]));
  });

  it('put sentences of like meaning near each other', async () => {
    const [cat, kitten, bond] = await Promise.all(['A cat sleeps on the sofa.', 'A kitten naps on a couch.', 'Interest rates rose again.'].map((text) => host.run('text', { text })));
    if (cat === undefined || kitten === undefined || bond === undefined) throw new Error('a sentence has no vector');
    expect(dot(cat.output.vector, cat.output.vector)).to.be.closeTo(1, 1e-5);
    expect(dot(cat.output.vector, kitten.output.vector)).to.be.greaterThan(0.5);
    expect(dot(cat.output.vector, bond.output.vector)).to.be.lessThan(0.2);
  });

  it('see a cut where the picture changes, and none where it does not', async () => {
    const frameBytes = 27 * 48 * 3;
    const frames = new Uint8Array(60 * frameBytes);
    // 30 frames of one gradient, then 30 of quite another picture.
    for (let index = 0; index < frames.length; index += 1) {
      const x = Math.trunc(index / 3) % 48;
      frames[index] = index < 30 * frameBytes ? x * 5 : 255 - ((x * 11) % 97) - (index % 3) * 60;
    }
    const { cutProbabilities } = (await host.run('shots', { frames, count: 60 })).output;
    expect(cutProbabilities).to.have.length(60);
    const cuts = [...cutProbabilities].flatMap((probability, frame) => (probability > 0.5 ? [frame] : []));
    expect(cuts).to.deep.equal([29]);
  });

  it('hear nobody in silence', async () => {
    expect((await host.run('voice', { pcm: new Float32Array(32_000) })).output.spans).to.deep.equal([]);
  });
});
