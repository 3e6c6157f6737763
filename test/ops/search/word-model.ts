/**
 * A joint model of texts and images, small enough to reason about: each word of a fixed list is a direction, and a text
 * is the mean of those that it has. An "image" is the UTF-8 text of what it shows. It stands where the installed models stand.
 */
import type { SearchDependencies } from '../../../ops/search/index.ts';

const WORDS = ['dog', 'cat', 'river', 'music', 'bread', 'rocket', 'snow', 'market'];
/** The last direction is of words that are not in the list, so that every text has a vector. */
const DIMENSIONS = WORDS.length + 1;

/** Weights of single words: `{ dog: 3, cat: 4 }` has cosine 0.6 with "dog" and 0.8 with "cat". */
export function vectorOf(weights: Readonly<Record<string, number>>): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  for (const [word, weight] of Object.entries(weights)) {
    const at = WORDS.indexOf(word);
    vector[at === -1 ? DIMENSIONS - 1 : at] = weight;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function embed(text: string): Float32Array {
  const known = (text.toLowerCase().match(/[a-z]+/g) ?? []).filter((word) => WORDS.includes(word));
  return vectorOf(Object.fromEntries((known.length > 0 ? known : ['unknown']).map((word) => [word, 1])));
}

type Models = SearchDependencies['models'];

/** `installed` names the tasks that have a model. */
export function wordModel(installed: readonly string[] = ['text', 'image-text']): Models {
  return {
    describe: (task) => (installed.includes(task) ? { name: 'words', version: '1', digest: '0'.repeat(64) } : undefined),
    missingReason: (task) => (installed.includes(task) ? '' : `model of ${task} is not installed`),
    run: async (_task, input) => {
      const vector = 'text' in input ? embed(input.text) : embed(new TextDecoder().decode('jpeg' in input ? input.jpeg : new Uint8Array()));
      return { output: { vector, tags: [] }, computeMs: 0 };
    },
  };
}
