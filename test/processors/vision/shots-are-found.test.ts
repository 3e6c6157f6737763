import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { projectFile } from '../../../ops/paths.ts';
import type { ModelHost } from '../../../processors/inference/index.ts';
import { openTestModels } from '../../support/models.ts';

const [WIDTH, HEIGHT] = [48, 27];

/** A slow pan over a photograph. */
async function pan(name: string, frames: number): Promise<Buffer> {
  const photo = await sharp(await readFile(projectFile('samples', 'media', 'photos', name))).resize(160, 90, { fit: 'cover' }).toColourspace('srgb').removeAlpha().png().toBuffer();
  const pictures = Array.from({ length: frames }, (_, frame) => sharp(photo).extract({ left: Math.round(frame / 4), top: 8, width: 96, height: 54 }).resize(WIDTH, HEIGHT).raw().toBuffer());
  return Buffer.concat(await Promise.all(pictures));
}

describe('shots', () => {
  let models: ModelHost;
  before(async () => { models = await openTestModels(); });
  after(() => models.close());

  it('end at cuts, also at those near the border of a window, and not within a pan', async () => {
    const lengths = [['cat.jpg', 45], ['pagoda.jpg', 57], ['coffee.jpg', 33]] as const;
    const frames = Buffer.concat(await Promise.all(lengths.map(([name, count]) => pan(name, count))));
    const { output: { cutProbabilities } } = await models.run('shots', { frames, count: 135 });
    expect(cutProbabilities).to.have.length(135);
    const cuts = [...cutProbabilities.keys()].filter((frame) => cutProbabilities[frame]! > 0.5);
    const starts = cuts.filter((frame) => !cuts.includes(frame - 1));
    expect(starts).to.deep.equal([44, 101]);
  });

  it('may be a single frame', async () => {
    const { output: { cutProbabilities } } = await models.run('shots', { frames: await pan('cat.jpg', 1), count: 1 });
    expect([...cutProbabilities].filter((probability) => probability > 0.5)).to.have.length(0);
    expect(cutProbabilities).to.have.length(1);
  });

  it('are not looked for in bytes that are no frames', async () => {
    const error: unknown = await models.run('shots', { frames: new Uint8Array(100), count: 1 }).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'MILL_MODEL_FAILED');
  });
});
