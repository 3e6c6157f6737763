import { expect } from 'chai';
import { guardSpeech } from '../../../processors/audio/speech-guards.ts';

const heard = (text: string, confidence = 0.9): string => guardSpeech({ text, confidence });

describe('guards of speech', () => {
  it('let through what people say', () => {
    for (const text of ['And so, my fellow Americans: ask not.', 'Hello? Hello? Hello?', 'No, no, no, no!', 'Five, five.', 'Try again. Fail again. Fail better.', 'Ça va, où êtes-vous ?']) {
      expect(heard(text)).to.equal(text);
    }
  });

  it('drop notes and marks without a word', () => {
    expect(heard('\u266a \u266a \u266a')).to.equal('');
    expect(heard('...')).to.equal('');
    expect(heard('')).to.equal('');
  });

  it('drop what the model itself does not believe', () => {
    expect(heard('Completely invented words.', 0.3)).to.equal('');
  });

  it('drop fillers unless they are clear', () => {
    expect(heard('You', 0.6)).to.equal('');
    expect(heard('Thank you.', 0.6)).to.equal('');
    expect(heard('Thank you.', 0.95)).to.equal('Thank you.');
    expect(heard('Thank you for coming.', 0.6)).to.equal('Thank you for coming.');
  });

  it('cut a loop after its first round', () => {
    expect(heard('It was the the the the the the the')).to.equal('It was the');
    expect(heard(`We know. ${'I think so. '.repeat(9)}`)).to.equal('We know. I think so.');
    expect(heard('go on go on go on go on go on')).to.equal('go on');
  });
});
