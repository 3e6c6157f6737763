/** Greedy CTC decoding: the best class of each step, repeats collapsed, blanks dropped. */

export interface DecodedLine {
  readonly text: string;
  /** Mean over the characters; 0 for an empty line. */
  readonly confidence: number;
}

const BLANK = 0;

/**
 * @param probabilities `steps` x `alphabet.length`
 * @param alphabet the text of each class; class 0 is the blank
 */
export function decodeCtc(probabilities: Float32Array, steps: number, alphabet: readonly string[]): DecodedLine {
  const classes = alphabet.length;
  let [text, total, characters, previous] = ['', 0, 0, BLANK];
  for (let step = 0; step < steps; step += 1) {
    const offset = step * classes;
    let best = 0;
    let confidence = -Infinity;
    for (let index = 0; index < classes; index += 1) {
      const probability = probabilities[offset + index] ?? 0;
      if (probability > confidence) [best, confidence] = [index, probability];
    }
    if (best !== BLANK && best !== previous) {
      text += alphabet[best] ?? '';
      total += confidence;
      characters += 1;
    }
    previous = best;
  }
  return { text: text.trim(), confidence: characters === 0 ? 0 : total / characters };
}
