import { expect } from 'chai';
import { decodeCtc } from '../../../processors/vision/ctc.ts';

const ALPHABET = ['', 'a', 'b', ' '];

/** One row a step: the class gets `confidence`, the others share the rest. */
const rows = (...steps: [index: number, confidence: number][]): Float32Array =>
  Float32Array.from(steps.flatMap(([index, confidence]) => ALPHABET.map((_, other) => (other === index ? confidence : (1 - confidence) / 3))));

const decode = (...steps: [number, number][]) => decodeCtc(rows(...steps), steps.length, ALPHABET);

describe('CTC decoding', () => {
  it('collapses repeats and drops blanks', () => {
    expect(decode([1, 0.9], [1, 0.9], [0, 0.9], [2, 0.9], [2, 0.9]).map(({ text }) => text).join('')).to.equal('ab');
  });

  it('reads a letter twice when a blank stands between', () => {
    expect(decode([1, 0.9], [0, 0.9], [1, 0.9]).map(({ text }) => text).join('')).to.equal('aa');
  });

  it('tells where each character begins and how sure it is', () => {
    const [first, second] = decode([0, 0.9], [1, 0.8], [1, 0.9], [3, 0.7]);
    expect(first).to.include({ text: 'a', step: 1 });
    expect(first!.confidence).to.be.closeTo(0.8, 1e-6);
    expect(second).to.include({ text: ' ', step: 3 });
  });

  it('reads nothing from blanks or from no steps', () => {
    expect(decode([0, 0.9], [0, 0.9])).to.be.empty;
    expect(decode()).to.be.empty;
  });
});
