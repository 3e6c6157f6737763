import { expect } from 'chai';
import { splitPassages } from '../../../processors/text/passages.ts';

const sentence = (n: number): string => `Sentence number ${n} tells of rivers, mills and the people who live beside them.`;
const paragraph = (from: number, count: number): string => Array.from({ length: count }, (_, i) => sentence(from + i)).join(' ');

describe('splitPassages', () => {
  it('keeps a short document whole and an empty one out', () => {
    expect(splitPassages('  A short note.\n')).to.deep.equal([{ charStart: 2, text: 'A short note.' }]);
    expect(splitPassages(' \n\t ')).to.deep.equal([]);
    expect(splitPassages('')).to.deep.equal([]);
  });

  it('says where each passage lies and loses nothing but white space', () => {
    const text = Array.from({ length: 12 }, (_, i) => paragraph(i * 6, 3 + (i % 5))).join('\n\n');
    const passages = splitPassages(text);
    for (const { charStart, text: passage } of passages) {
      expect(text.slice(charStart, charStart + passage.length)).to.equal(passage);
      expect(passage.length).to.be.within(100, 900);
    }
    expect(passages.map((p) => p.text).join('').replace(/\s/g, '')).to.equal(text.replace(/\s/g, ''));
  });

  it('cuts at a blank line before the end of a sentence', () => {
    const [first, second] = [paragraph(0, 7), paragraph(7, 8)];
    expect(splitPassages(`${first}\n\n${second}`).map((p) => p.text)).to.deep.equal([first, second]);
  });

  it('ends passages of one long paragraph with whole sentences of like size', () => {
    const passages = splitPassages(paragraph(0, 13));
    expect(passages).to.have.length(2);
    for (const { text } of passages) expect(text).to.match(/^Sentence .* them\.$/);
    expect(passages[1]!.text.length).to.be.greaterThan(300);
  });

  it('does not take a title or an initial for the end of a sentence', () => {
    const text = `${'word '.repeat(110)}was seen by Mr. J. Smith and by Dr. Who ${'again '.repeat(120)}`;
    for (const { text: passage } of splitPassages(text)) expect(passage).not.to.match(/(?:Mr|Dr|J)\.$/);
  });

  it('never splits a surrogate pair, even without any border', () => {
    const text = `x${'\u{1f600}'.repeat(1_500)}`;
    const passages = splitPassages(text);
    expect(passages.map((p) => p.text).join('')).to.equal(text);
    for (const { text: passage } of passages) expect(Buffer.from(passage).toString()).to.equal(passage);
  });

  it('gives ideographs a quarter of the length, for each is a token', () => {
    const passages = splitPassages('水車は川のそばに立っている。'.repeat(100));
    for (const { text } of passages) {
      expect(text.length).to.be.at.most(225);
      expect(text.endsWith('。')).to.equal(true);
    }
  });

  it('bounds the number of passages', () => {
    expect(splitPassages(paragraph(0, 200), { maxPassages: 3 })).to.have.length(3);
  });
});
