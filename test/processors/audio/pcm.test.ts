import { expect } from 'chai';
import { cutSamples, samplesOf } from '../../../processors/audio/pcm.ts';

describe('samples', () => {
  it('are read from 16-bit bytes, wherever these lie in memory', () => {
    const bytes = Buffer.concat([Buffer.alloc(1), Buffer.from(Int16Array.of(-32_768, 16_384, 0).buffer)]);
    expect([...samplesOf(bytes.subarray(1))]).to.deep.equal([-1, 0.5, 0]);
  });

  it('are no half numbers', () => {
    expect(() => samplesOf(Buffer.alloc(3))).to.throw().with.property('code', 'MILL_MEDIA_CORRUPT');
  });

  it('are cut by time, and only where there are any', () => {
    const pcm = Float32Array.from({ length: 16_000 }, (_, index) => index);
    expect(cutSamples(pcm, { startMs: 500, endMs: 501 })).to.deep.equal(pcm.slice(8_000, 8_016));
    expect(cutSamples(pcm, { startMs: -100, endMs: 1 })).to.have.length(16);
    expect(cutSamples(pcm, { startMs: 900, endMs: 5_000 })).to.have.length(1_600);
  });
});
