/** The four scores. Each is a pure function of what was found and the truth. */
import { editDistance } from './edit-distance.ts';
import { lettersOf, wordsOf } from './words.ts';

export interface BoundaryScore {
  readonly matched: number;
  readonly found: number;
  readonly expected: number;
}

/** Pairs boundaries one to one, nearest first within the tolerance. */
export function matchBoundaries(foundMs: readonly number[], expectedMs: readonly number[], toleranceMs: number): BoundaryScore {
  const pairs = foundMs.flatMap((found, from) => expectedMs.map((expected, to) => ({ from, to, distance: Math.abs(found - expected) })));
  const [usedFound, usedExpected] = [new Set<number>(), new Set<number>()];
  for (const { from, to, distance } of pairs.sort((a, b) => a.distance - b.distance)) {
    if (distance > toleranceMs || usedFound.has(from) || usedExpected.has(to)) continue;
    usedFound.add(from);
    usedExpected.add(to);
  }
  return { matched: usedFound.size, found: foundMs.length, expected: expectedMs.length };
}

/** Harmonic mean of precision and recall over all films together; 1 where there is nothing to find and nothing was found. */
export function f1(scores: readonly BoundaryScore[]): number {
  const total = (key: keyof BoundaryScore): number => scores.reduce((sum, score) => sum + score[key], 0);
  const all = total('found') + total('expected');
  return all === 0 ? 1 : (2 * total('matched')) / all;
}

export interface Errors {
  readonly errors: number;
  readonly length: number;
}

export function wordErrors(heard: string, said: string): Errors {
  const truth = wordsOf(said);
  return { errors: editDistance(wordsOf(heard), truth), length: truth.length };
}

export function letterErrors(read: string, written: string): Errors {
  const truth = lettersOf(written);
  return { errors: editDistance(lettersOf(read), truth), length: truth.length };
}

/** Errors to the length of the truth, over all samples together. */
export function errorRate(samples: readonly Errors[]): number {
  const length = samples.reduce((sum, sample) => sum + sample.length, 0);
  return samples.reduce((sum, { errors }) => sum + errors, 0) / length;
}

/** How far each phrase begins from the nearest beginning of an utterance. */
export function startDistances(phraseStartsMs: readonly number[], utteranceStartsMs: readonly number[]): number[] {
  return phraseStartsMs.map((phrase) => Math.min(...utteranceStartsMs.map((utterance) => Math.abs(phrase - utterance))));
}

export interface Candidate {
  readonly name: string;
  /** One vector for each of its frames; the nearest counts. */
  readonly vectors: readonly Float32Array[];
}

/** Cosine similarity of vectors of length 1. */
const similarity = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

/** Place of the right candidate for a query vector, from 1; infinite when it is not among them. */
export function rankOf(query: Float32Array, rightName: string, candidates: readonly Candidate[]): number {
  const scored = candidates.map(({ name, vectors }) => ({ name, score: Math.max(-Infinity, ...vectors.map((vector) => similarity(query, vector))) }));
  const place = scored.sort((a, b) => b.score - a.score).findIndex(({ name }) => name === rightName);
  return place === -1 ? Infinity : place + 1;
}

export const recallAt = (ranks: readonly number[], k: number): number => ranks.filter((rank) => rank <= k).length / ranks.length;
