import { expect } from 'chai';
import { planSpans } from '../../../processors/admission/index.ts';
import { admit, redThenBlue, rejection, Workshop } from '../decode/support/media.ts';

describe('the plan of segments', () => {
  it('has equal spans that cover the timeline without gaps', () => {
    expect(planSpans(180_000, 60_000)).to.deep.equal([{ startMs: 0, endMs: 60_000 }, { startMs: 60_000, endMs: 120_000 }, { startMs: 120_000, endMs: 180_000 }]);
    for (const durationMs of [1, 59_999, 60_001, 74_999, 75_000, 3_600_123]) {
      const spans = planSpans(durationMs, 60_000);
      expect(spans[0]!.startMs).to.equal(0);
      expect(spans.at(-1)!.endMs).to.equal(durationMs);
      spans.slice(1).forEach((span, index) => {
        expect(span.startMs).to.equal(spans[index]!.endMs);
      });
    }
  });

  it('joins a short rest to the segment before', () => {
    expect(planSpans(74_999, 60_000)).to.deep.equal([{ startMs: 0, endMs: 74_999 }]);
    expect(planSpans(75_000, 60_000)).to.have.length(2);
    expect(planSpans(5, 60_000)).to.deep.equal([{ startMs: 0, endMs: 5 }]);
  });

  it('is part of the admission, by the asked length', async () => {
    const shop = await Workshop.open();
    try {
      const film = await shop.ffmpeg('film.mp4', ...redThenBlue(24, '64x48'), '-c:v', 'libx264', '-g', '50');
      const { admitted, segments } = await admit(film, { segmentMs: 10_000 });
      expect(admitted.segmentCount).to.equal(3);
      expect(segments.map(({ unitId, startMs, endMs, segmentCount }) => [unitId, startMs, endMs, segmentCount])).to.deep.equal([
        ['segment:0', 0, 10_000, 3], ['segment:1', 10_000, 20_000, 3], ['segment:2', 20_000, 24_000, 3],
      ]);
      expect((await rejection(admit(film, { segmentMs: 9 }))).message).to.include('segmentMs');
      expect((await rejection(admit(film, { limits: { maxStreams: -1 } }))).message).to.include('maxStreams');
    } finally {
      await shop.close();
    }
  });
});
