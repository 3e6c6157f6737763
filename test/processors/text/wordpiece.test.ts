import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { createWordPiece } from '../../../processors/text/wordpiece.ts';
import { modelFile } from '../../support/models.ts';

interface Encoded {
  readonly text: string;
  readonly ids: readonly number[];
}

/** Made by the `tokenizers` library from the same tokenizer.json, cut at 256 tokens. */
const fixture = JSON.parse(await readFile(path.join(import.meta.dirname, 'wordpiece.fixture.json'), 'utf8')) as Encoded[];

describe('WordPiece', () => {
  let tokenizerJson: string;
  before(async () => { tokenizerJson = await readFile(await modelFile('text', 'tokenizer.json'), 'utf8'); });

  for (const { text, ids } of fixture) {
    it(`equals the reference on ${JSON.stringify(text.slice(0, 50))}`, () => {
      expect(createWordPiece(tokenizerJson, 256).encode(text)).to.deep.equal(ids);
    });
  }

  it('keeps the end mark when it cuts', () => {
    const tokenizer = createWordPiece(tokenizerJson, 5);
    expect(tokenizer.encode('one two three four five six')).to.have.length(5);
    expect(tokenizer.encode('one two three four five six').at(-1)).to.equal(tokenizer.encode('').at(-1));
  });

  it('takes the names of special tokens in a text for words', () => {
    const tokenizer = createWordPiece(tokenizerJson, 256);
    const [start, end] = tokenizer.encode('');
    expect(tokenizer.encode('[CLS] and [SEP]').slice(1, -1)).not.to.include.members([start]);
    expect(tokenizer.encode('[CLS] and [SEP]').slice(1, -1)).not.to.include.members([end]);
  });
});
