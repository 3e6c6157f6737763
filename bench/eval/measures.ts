/** The measures of the evaluation and their floors: each compares what was found in the samples with the truth. */
import type { ModelHost } from '../../processors/inference/index.ts';
import { errorRate, f1, letterErrors, matchBoundaries, rankOf, recallAt, startDistances, wordErrors, type Candidate } from './scores.ts';
import type { TrueFilm, Truth } from './truth.ts';
import type { Understanding } from './understand.ts';

export interface Measure {
  readonly name: string;
  readonly value: number;
  /** `least`: the value must reach it; `most`: it must not exceed it. */
  readonly floor: { readonly kind: 'least' | 'most'; readonly value: number };
  /** How it is written: a share from 0 to 1 as a percentage, or milliseconds. */
  readonly unit: 'share' | 'ms';
  /** What it was measured on. */
  readonly over: string;
  /** Every miss, in words. */
  readonly misses: readonly string[];
}

/** What was found, by file name. */
export type Findings = ReadonlyMap<string, Understanding>;

/** The film whose shots have captions. */
const CAPTIONED_FILM = 'a-day-out.mp4';

function of(findings: Findings, file: string): Understanding {
  const understanding = findings.get(file);
  if (understanding === undefined) throw new Error(`${file} was not processed`);
  return understanding;
}

export function shotBoundaries(findings: Findings, { films }: Truth): Measure {
  const results = [...films].map(([file, { frameMs, shots }]) => {
    const found = of(findings, file).shots.filter(({ continuesPrevious, startMs }) => !continuesPrevious && startMs > 0).map(({ startMs }) => startMs);
    const expected = shots.slice(1).map(({ startMs }) => startMs);
    return { file, score: matchBoundaries(found, expected, Math.max(2 * frameMs, 100)) };
  });
  return {
    name: 'shot boundaries, F1', value: f1(results.map(({ score }) => score)), floor: { kind: 'least', value: 0.9 }, unit: 'share',
    over: `${results.reduce((sum, { score }) => sum + score.expected, 0)} cuts in ${films.size} films`,
    misses: results.filter(({ score: { matched, found, expected } }) => matched < found || matched < expected)
      .map(({ file, score: { matched, found, expected } }) => `${file}: ${matched} of ${expected} cuts found, ${found - matched} false`),
  };
}

export function wordErrorRate(findings: Findings, { speech }: Truth): Measure {
  const results = [...speech].map(([file, utterances]) => {
    const heard = of(findings, file).phrases.map(({ text }) => text).join(' ');
    return { file, heard, ...wordErrors(heard, utterances.map(({ text }) => text).join(' ')) };
  });
  return {
    name: 'words, error rate', value: errorRate(results), floor: { kind: 'most', value: 0.15 }, unit: 'share',
    over: `${results.reduce((sum, { length }) => sum + length, 0)} words in ${speech.size} files`,
    misses: results.filter(({ errors }) => errors > 0).map(({ file, heard, errors, length }) => `${file}: ${errors} of ${length} words: "${heard}"`),
  };
}

export function phraseTimes(findings: Findings, { speech }: Truth): Measure {
  const floor = 1000;
  const results = [...speech].flatMap(([file, utterances]) => {
    const { phrases } = of(findings, file);
    const distances = startDistances(phrases.map(({ startMs }) => startMs), utterances.map(({ startMs }) => startMs));
    return phrases.map((phrase, index) => ({ file, phrase, distance: distances[index] ?? Infinity }));
  });
  return {
    name: 'phrases, largest error of start', value: results.length === 0 ? Infinity : Math.max(...results.map(({ distance }) => distance)), floor: { kind: 'most', value: floor }, unit: 'ms',
    over: `${results.length} phrases in ${speech.size} files`,
    misses: results.filter(({ distance }) => distance > floor).map(({ file, phrase, distance }) => `${file}: "${phrase.text}" at ${phrase.startMs} ms is ${Math.round(distance)} ms off`),
  };
}

const framesWithin = (understanding: Understanding, startMs: number, endMs: number) =>
  understanding.frames.filter(({ timeMs }) => timeMs !== null && timeMs >= startMs && timeMs < endMs);

export function onScreenText(findings: Findings, { films }: Truth): Measure {
  const results = [...films].flatMap(([file, { shots }]) => shots.filter(({ text }) => text.length > 0).flatMap(({ startMs, endMs, text }) => {
    const written = text.join(' ');
    const read = framesWithin(of(findings, file), startMs, endMs).map(({ lines }) => lines.join(' '));
    // A shot of which no frame was taken was not read.
    return (read.length > 0 ? read : ['']).map((line) => ({ file, startMs, read: line, ...letterErrors(line, written) }));
  }));
  return {
    name: 'text on screen, letters right', value: 1 - errorRate(results), floor: { kind: 'least', value: 0.9 }, unit: 'share',
    over: `${results.reduce((sum, { length }) => sum + length, 0)} letters on ${results.length} frames`,
    misses: results.filter(({ errors }) => errors > 0).map(({ file, startMs, read, errors, length }) => `${file} at ${startMs} ms: ${errors} of ${length} letters: "${read}"`),
  };
}

/** Photographs and the shots of the captioned film, titles included: each is one thing to find. */
function candidatesOf(findings: Findings, { captions }: Truth, film: TrueFilm): Candidate[] {
  const photos = [...captions.keys()].map((name) => ({ name, vectors: of(findings, name).frames.map(({ vector }) => vector) }));
  const shots = film.shots.map(({ startMs, endMs }) => ({
    name: shotName(startMs), vectors: framesWithin(of(findings, CAPTIONED_FILM), startMs, endMs).map(({ vector }) => vector),
  }));
  return [...photos, ...shots];
}

const shotName = (startMs: number): string => `${CAPTIONED_FILM} at ${startMs} ms`;

export async function textToFrame(findings: Findings, truth: Truth, models: ModelHost): Promise<Measure[]> {
  const film = truth.films.get(CAPTIONED_FILM);
  if (film === undefined) throw new Error(`samples/truth says nothing of ${CAPTIONED_FILM}`);
  const candidates = candidatesOf(findings, truth, film);
  const queries = [
    ...[...truth.captions].map(([name, caption]) => ({ name, caption })),
    ...film.shots.flatMap(({ caption, startMs }) => (caption === null ? [] : [{ name: shotName(startMs), caption }])),
  ];
  const ranked = await Promise.all(queries.map(async ({ name, caption }) => {
    const { output } = await models.run('text', { text: caption });
    return { name, caption, rank: rankOf(output.vector, name, candidates) };
  }));
  const measure = (k: number, floor: number): Measure => ({
    name: `text to frame, recall at ${k}`, value: recallAt(ranked.map(({ rank }) => rank), k), floor: { kind: 'least', value: floor }, unit: 'share',
    over: `${queries.length} captions among ${candidates.length} pictures`,
    misses: ranked.filter(({ rank }) => rank > k).map(({ name, caption, rank }) => `"${caption}" finds ${name} in place ${rank}`),
  });
  return [measure(1, 0.7), measure(5, 0.9)];
}

export function reached({ value, floor }: Measure): boolean {
  return floor.kind === 'least' ? value >= floor.value : value <= floor.value;
}
