/** Greedy CTC decoding: the best class of each step, repeats collapsed, blanks dropped. */

export interface DecodedCharacter {
  readonly text: string;
  readonly confidence: number;
  /** Where the network first saw it. */
  readonly step: number;
}

const BLANK = 0;

/**
 * @param probabilities `steps` x `alphabet.length`
 * @param alphabet the text of each class; class 0 is the blank
 */
export function decodeCtc(probabilities: Float32Array, steps: number, alphabet: readonly string[]): DecodedCharacter[] {
  const classes = alphabet.length;
  const characters: DecodedCharacter[] = [];
  let previous = BLANK;
  for (let step = 0; step < steps; step += 1) {
    const offset = step * classes;
    let best = 0;
    let confidence = -Infinity;
    for (let index = 0; index < classes; index += 1) {
      const probability = probabilities[offset + index] ?? 0;
      if (probability > confidence) {
        best = index;
        confidence = probability;
      }
    }
    if (best !== BLANK && best !== previous) characters.push({ text: alphabet[best] ?? '', confidence, step });
    previous = best;
  }
  return characters;
}
