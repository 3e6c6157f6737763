import { expect } from 'chai';
import { resolvePaths } from '../../../ops/paths.ts';
import { fetchModels } from '../../../ops/models/index.ts';
import type { ModelHost } from '../../../processors/inference/index.ts';
import { samplesOf } from '../../../processors/audio/pcm.ts';
import { openTestModels } from '../../support/models.ts';
import { decodedSample, noise, wordErrorRate } from '../../support/sound.ts';

const WHISPER = { speech: 'whisper-tiny.en' };

describe('whisper in place of the default speech model', () => {
  let models: ModelHost;
  before(async () => {
    const [fetched] = await fetchModels({ cacheDirectory: resolvePaths().cache, tasks: ['speech'], models: WHISPER });
    expect(fetched!.state, fetched!.reason).not.to.equal('unavailable');
    models = await openTestModels(WHISPER);
  });
  after(() => models.close());

  const hear = async (pcm: Buffer) => (await models.run('speech', { pcm: samplesOf(pcm) })).output;

  it('writes down what is said', async () => {
    const { text, confidence, language } = await hear(await decodedSample('speech', 'dashwood.flac'));
    expect(wordErrorRate('and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for them', text)).to.be.at.most(0.15);
    expect(confidence).to.be.within(0.6, 1);
    expect(language).to.equal('en');
  });

  it('hears nothing in noise', async () => {
    expect((await hear(noise(5_000))).text).to.equal('');
  });
});
