import { expect } from 'chai';
import { lettersOf, numberWords, wordsOf } from '../../bench/eval/words.ts';

describe('words compared in the evaluation', () => {
  it('do not differ by case, punctuation, hyphens or the kind of apostrophe', () => {
    expect(wordsOf('He wasn’t “ill-disposed”; was he?')).to.deep.equal(wordsOf("he wasn't ill disposed was he"));
  });

  it('are numbers as they are spoken', () => {
    expect(wordsOf('At 7 o\'clock, 45 of 1,200 left.')).to.deep.equal(['at', 'seven', "o'clock", 'forty', 'five', 'of', 'one', 'thousand', 'two', 'hundred', 'left']);
    expect(numberWords(0)).to.deep.equal(['zero']);
    expect(numberWords(19)).to.deep.equal(['nineteen']);
    expect(numberWords(100)).to.deep.equal(['one', 'hundred']);
    expect(numberWords(310_015)).to.deep.equal(['three', 'hundred', 'ten', 'thousand', 'fifteen']);
  });

  it('are titles written out', () => {
    expect(wordsOf('Mr. Dashwood')).to.deep.equal(['mister', 'dashwood']);
  });

  it('differ by any other letter', () => {
    expect(wordsOf('amiable')).to.not.deep.equal(wordsOf('aimable'));
    expect(wordsOf('  ')).to.deep.equal([]);
  });
});

describe('letters compared in the evaluation', () => {
  it('count case and punctuation, and a run of white space once', () => {
    expect(lettersOf(' A  B\n.c').join('')).to.equal('A B .c');
  });
});
