import { expect } from 'chai';
import type { VoiceSpan } from '../../../processors/inference/index.ts';
import { phrasesOf, quietestMomentOf } from '../../../processors/audio/phrases.ts';

const MAX_MS = 10_000;
const span = (startMs: number, endMs: number): VoiceSpan => ({ startMs, endMs });
const middle = (fromMs: number, toMs: number): number => (fromMs + toMs) / 2;

describe('phrases', () => {
  it('join speech with short pauses, and end at a long one', () => {
    expect(phrasesOf([span(0, 1_000), span(1_300, 2_000), span(3_000, 4_000)], middle)).to.deep.equal([span(0, 2_000), span(3_000, 4_000)]);
  });

  it('cut a long stretch at its longest pause', () => {
    const spans = [span(0, 3_000), span(3_200, 6_000), span(6_500, 9_000), span(9_250, 13_000)];
    expect(phrasesOf(spans, middle)).to.deep.equal([span(0, 6_000), span(6_500, 13_000)]);
  });

  it('do not cut off a scrap', () => {
    const spans = [span(0, 500), span(1_050, 6_000), span(6_250, 12_000)];
    expect(phrasesOf(spans, middle)).to.deep.equal([span(0, 6_000), span(6_250, 12_000)]);
  });

  it('cut speech without a pause at its quietest moment', () => {
    const asked: [number, number][] = [];
    const phrases = phrasesOf([span(1_000, 13_000)], (fromMs, toMs) => {
      asked.push([fromMs, toMs]);
      return 5_500;
    });
    expect(phrases).to.deep.equal([span(1_000, 5_500), span(5_500, 13_000)]);
    expect(asked).to.deep.equal([[4_000, 10_000]]);
  });

  it('are at most 10 s long and lose no speech, however long it lasts', () => {
    const spans = Array.from({ length: 40 }, (_, index) => span(index * 3_100, index * 3_100 + 2_900)).concat(span(125_000, 180_000));
    const phrases = phrasesOf(spans, middle);
    for (const { startMs, endMs } of phrases) expect(endMs - startMs).to.be.within(1_500, MAX_MS);
    for (const { startMs, endMs } of spans) {
      const covered = phrases.reduce((sum, phrase) => sum + Math.max(0, Math.min(endMs, phrase.endMs) - Math.max(startMs, phrase.startMs)), 0);
      expect(covered).to.equal(endMs - startMs);
    }
    phrases.slice(1).forEach(({ startMs }, index) => { expect(startMs).to.be.at.least(phrases[index]!.endMs); });
  });

  it('are none without speech', () => {
    expect(phrasesOf([], middle)).to.deep.equal([]);
  });
});

describe('the quietest moment', () => {
  it('is the middle of the lowest energy', () => {
    const pcm = Float32Array.from({ length: 16_000 * 3 }, (_, sample) => (sample > 27_200 && sample < 30_400 ? 0.001 : 0.5) * Math.sin(sample));
    expect(quietestMomentOf(pcm)(500, 2_800)).to.be.within(1_740, 1_860);
  });
});
