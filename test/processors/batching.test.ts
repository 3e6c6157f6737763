import { expect } from 'chai';
import { groupByLength } from '../../processors/batching.ts';

describe('groupByLength', () => {
  it('puts every item in one group', () => {
    const lengths = [3, 200, 17, 90, 16, 4, 210, 90];
    const groups = groupByLength(lengths, { maxGroup: 3, slack: 2 });
    expect(groups.flat().sort((a, b) => a - b)).to.deep.equal(lengths.map((_, index) => index));
  });

  it('keeps long items from making short ones dear', () => {
    expect(groupByLength([10, 250, 12, 240], { maxGroup: 8, slack: 4 })).to.deep.equal([[1, 3], [2, 0]]);
  });

  it('bounds a group', () => {
    expect(groupByLength([5, 5, 5, 5, 5], { maxGroup: 2, slack: 0 }).map((group) => group.length)).to.deep.equal([2, 2, 1]);
  });

  it('has no group for nothing', () => {
    expect(groupByLength([], { maxGroup: 2, slack: 0 })).to.deep.equal([]);
  });
});
