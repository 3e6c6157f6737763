import { expect } from 'chai';
import { voiceSpans } from '../../../processors/audio/voice-spans.ts';

const HOP_MS = 32;

/** Probabilities of stretches [hops, probability], and the spans that come of them. */
function spansOf(...stretches: [hops: number, probability: number][]) {
  const probabilities = Float32Array.from(stretches.flatMap(([hops, probability]) => Array.from({ length: hops }, () => probability)));
  return voiceSpans(probabilities, HOP_MS, probabilities.length * HOP_MS);
}

describe('spans of voice', () => {
  it('are padded on both sides', () => {
    expect(spansOf([50, 0], [50, 0.9], [50, 0])).to.deep.equal([{ startMs: 1_500, endMs: 3_300 }]);
  });

  it('end at the chunk', () => {
    expect(spansOf([50, 0.9])).to.deep.equal([{ startMs: 0, endMs: 1_600 }]);
  });

  it('go on through a soft sound that could not begin one', () => {
    expect(spansOf([50, 0], [20, 0.9], [20, 0.4], [20, 0.9], [50, 0])).to.have.length(1);
    expect(spansOf([50, 0], [40, 0.4], [50, 0])).to.be.empty;
  });

  it('bridge a short silence, and end at a longer one', () => {
    expect(spansOf([20, 0.9], [5, 0], [20, 0.9])).to.have.length(1);
    expect(spansOf([20, 0.9], [10, 0], [20, 0.9])).to.have.length(2);
  });

  it('leave out a click', () => {
    expect(spansOf([50, 0], [4, 0.9], [50, 0])).to.be.empty;
  });

  it('never overlap', () => {
    const spans = spansOf([20, 0.9], [7, 0], [20, 0.9], [7, 0], [20, 0.9]);
    expect(spans).to.have.length(3);
    spans.slice(1).forEach(({ startMs }, index) => { expect(startMs).to.be.at.least(spans[index]!.endMs); });
  });

  it('are none in nothing', () => {
    expect(spansOf()).to.deep.equal([]);
  });
});
