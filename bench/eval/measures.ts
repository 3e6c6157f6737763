/** The measures of the evaluation and their floors: each compares what was found in the samples with the truth. */
import type { ModelHost } from '../../processors/inference/index.ts';
import { errorRate, f1, letterErrors, matchBoundaries, rankOf, recallAt, startDistances, wordErrors, type Candidate } from './scores.ts';
import type { TrueFilm, Truth } from './truth.ts';
import type { Understanding } from './understand.ts';

export interface Measure {
  readonly name: string;
  readonly value: number;
  /** `least`: the value must reach it; `most`: it must not exceed it; `null`: told for information, being part of another measure. */
  readonly floor: { readonly kind: 'least' | 'most'; readonly value: number } | null;
  /** How it is written: a share from 0 to 1 as a percentage, or milliseconds. */
  readonly unit: 'share' | 'ms';
  /** What it was measured on. */
  readonly over: string;
  /** Every miss, in words. */
  readonly misses: readonly string[];
}

interface Caption {
  readonly name: string;
  readonly caption: string;
}

interface RankedCaption extends Caption {
  readonly rank: number;
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
  const photographs = [...truth.captions].map(([name, caption]) => ({ name, caption }));
  const shots = film.shots.flatMap(({ caption, startMs }) => (caption === null ? [] : [{ name: shotName(startMs), caption }]));
  const rank = ({ name, caption }: Caption): Promise<RankedCaption> => models.run('text', { text: caption })
    .then(({ output }) => ({ name, caption, rank: rankOf(output.vector, name, candidates) }));
  const [photographRanks, shotRanks] = await Promise.all([Promise.all(photographs.map(rank)), Promise.all(shots.map(rank))]);
  const all = [...photographRanks, ...shotRanks];
  const recall = (ranked: readonly RankedCaption[], k: number) => recallAt(ranked.map((entry) => entry.rank), k);
  const over = (ranked: readonly RankedCaption[]): string => `${ranked.length} captions among ${candidates.length} pictures`;
  const measure = (k: number, floor: number): Measure => ({
    name: `text to frame, recall at ${k}`, value: recall(all, k), floor: { kind: 'least', value: floor }, unit: 'share', over: over(all),
    misses: all.filter((entry) => entry.rank > k).map((entry) => `"${entry.caption}" finds ${entry.name} in place ${entry.rank}`),
  });
  const part = (name: string, ranked: readonly RankedCaption[]): Measure => ({ name, value: recall(ranked, 1), floor: null, unit: 'share', over: over(ranked), misses: [] });
  return [measure(1, 0.7), part('  of photographs', photographRanks), part('  of shots', shotRanks), measure(5, 0.9)];
}

export function reached({ value, floor }: Measure): boolean {
  if (floor === null) return true;
  return floor.kind === 'least' ? value >= floor.value : value <= floor.value;
}
