import { expect } from 'chai';
import { editDistance } from '../../bench/eval/edit-distance.ts';
import { errorRate, f1, letterErrors, matchBoundaries, rankOf, recallAt, startDistances, wordErrors } from '../../bench/eval/scores.ts';

describe('edit distance', () => {
  it('counts insertions, deletions and replacements', () => {
    expect(editDistance(Array.from('kitten'), Array.from('sitting'))).to.equal(3);
    expect(editDistance([], ['a', 'b'])).to.equal(2);
    expect(editDistance(['a', 'b'], [])).to.equal(2);
    expect(editDistance(['a'], ['a'])).to.equal(0);
  });
});

describe('shot boundaries', () => {
  it('match one to one, the nearest first, within the tolerance', () => {
    expect(matchBoundaries([1000, 1090, 5000], [1080, 9000], 100)).to.deep.equal({ matched: 1, found: 3, expected: 2 });
    expect(matchBoundaries([1000, 1090], [1080, 950], 100)).to.deep.equal({ matched: 2, found: 2, expected: 2 });
    expect(matchBoundaries([1101], [1000], 100).matched).to.equal(0);
  });

  it('give the harmonic mean over all films', () => {
    expect(f1([{ matched: 3, found: 4, expected: 3 }, { matched: 0, found: 0, expected: 1 }])).to.equal(6 / 8);
    expect(f1([{ matched: 0, found: 0, expected: 0 }])).to.equal(1);
    expect(f1([{ matched: 0, found: 2, expected: 0 }])).to.equal(0);
  });
});

describe('error rates', () => {
  it('weigh long samples more than short ones', () => {
    expect(errorRate([wordErrors('one two three', 'one two four'), wordErrors('five', 'five')])).to.equal(0.25);
  });

  it('count made-up words, and can pass 1', () => {
    expect(errorRate([wordErrors('a b c', 'a')])).to.equal(2);
    expect(errorRate([wordErrors('', 'a b')])).to.equal(1);
  });

  it('count letters with their case', () => {
    expect(letterErrors('Platform 4', 'PLATFORM 4')).to.deep.equal({ errors: 7, length: 10 });
  });
});

describe('phrase starts', () => {
  it('are measured to the nearest utterance, and to none where nobody speaks', () => {
    expect(startDistances([0, 900, 5000], [100, 1000])).to.deep.equal([100, 100, 4000]);
    expect(startDistances([0], [])).to.deep.equal([Infinity]);
  });
});

describe('recall', () => {
  const axis = (index: number): Float32Array => Float32Array.from({ length: 3 }, (_, at) => (at === index ? 1 : 0));
  const query = Float32Array.of(0.8, 0.6, 0);
  const candidates = [{ name: 'far', vectors: [axis(2)] }, { name: 'shot', vectors: [axis(2), axis(0)] }, { name: 'near', vectors: [axis(1)] }, { name: 'unseen', vectors: [] }];

  it('ranks a candidate by its best frame', () => {
    expect(['shot', 'near', 'far', 'unseen', 'other'].map((name) => rankOf(query, name, candidates))).to.deep.equal([1, 2, 3, 4, Infinity]);
  });

  it('is the share of queries with the right one among the first k', () => {
    expect(recallAt([1, 2, 5, Infinity], 1)).to.equal(0.25);
    expect(recallAt([1, 2, 5, Infinity], 5)).to.equal(0.75);
  });
});
