import { expect } from 'chai';
import { onScreenText, phraseTimes, reached, shotBoundaries, wordErrorRate, type Findings } from '../../bench/eval/measures.ts';
import { renderReport } from '../../bench/eval/report.ts';
import type { Truth } from '../../bench/eval/truth.ts';
import type { Understanding } from '../../bench/eval/understand.ts';

const truth: Truth = {
  films: new Map([['a.mp4', { frameMs: 40, shots: [{ startMs: 0, endMs: 2000, text: ['HELLO', 'all'], caption: null }, { startMs: 2000, endMs: 4000, text: [], caption: null }] }]]),
  speech: new Map([['a.mp4', [{ startMs: 500, endMs: 1500, text: 'one two' }]]]),
  captions: new Map(),
};
const shot = (startMs: number, endMs: number, continuesPrevious = false) => ({ startMs, endMs, confidence: 1, continuesPrevious });
const perfect: Understanding = {
  shots: [shot(0, 2000), shot(2000, 3000), shot(3000, 4000, true)],
  frames: [{ timeMs: 1000, vector: new Float32Array(3), lines: ['HELLO', 'all'] }, { timeMs: 3000, vector: new Float32Array(3), lines: ['noise'] }],
  phrases: [{ startMs: 600, endMs: 1500, text: 'One, two.', confidence: null }],
};
const of = (changes: Partial<Understanding>): Findings => new Map([['a.mp4', { ...perfect, ...changes }]]);

describe('the measures of the evaluation', () => {
  it('are perfect where everything was found, and a segment border is no cut', () => {
    const measures = [shotBoundaries(of({}), truth), wordErrorRate(of({}), truth), phraseTimes(of({}), truth), onScreenText(of({}), truth)];
    expect(measures.map(({ value }) => value)).to.deep.equal([1, 0, 100, 1]);
    expect(measures.every(reached)).to.equal(true);
    expect(measures.flatMap(({ misses }) => misses)).to.deep.equal([]);
  });

  it('miss their floors where nothing was found', () => {
    const nothing = of({ shots: [], frames: [], phrases: [] });
    const measures = [shotBoundaries(nothing, truth), wordErrorRate(nothing, truth), phraseTimes(nothing, truth), onScreenText(nothing, truth)];
    expect(measures.map(({ value }) => value)).to.deep.equal([0, 1, Infinity, 0]);
    expect(measures.some(reached)).to.equal(false);
  });

  it('say what was missed', () => {
    expect(wordErrorRate(of({ phrases: [{ ...perfect.phrases[0]!, text: 'One to.' }] }), truth).misses).to.deep.equal(['a.mp4: 1 of 2 words: "One to."']);
    expect(shotBoundaries(of({ shots: [shot(0, 500), shot(500, 4000)] }), truth).misses).to.deep.equal(['a.mp4: 0 of 1 cuts found, 1 false']);
    expect(phraseTimes(of({ phrases: [{ ...perfect.phrases[0]!, startMs: 3000 }] }), truth).misses).to.deep.equal(['a.mp4: "One, two." at 3000 ms is 2500 ms off']);
  });

  it('refuse to judge a file that was not processed', () => {
    expect(() => shotBoundaries(new Map(), truth)).to.throw('a.mp4 was not processed');
  });

  it('are printed with their floors, in columns', () => {
    const lines = renderReport([wordErrorRate(of({ phrases: [] }), truth), phraseTimes(of({}), truth)]).split('\n');
    expect(lines[2]).to.match(/^words, error rate +100\.0 % +at most 15\.0 % +MISSED +2 words in 1 files$/);
    expect(lines[3]).to.match(/^phrases, largest error of start +100 ms +at most 1000 ms +reached +1 phrases in 1 files$/);
    expect(lines.at(-1)).to.equal('  words, error rate: a.mp4: 2 of 2 words: ""');
  });
});
