/**
 * From spans of voice to phrases for the recogniser. Speech with short pauses is one stretch, since words are heard
 * better with those around them; a stretch that is too long is cut at its longest pause, again and again, and where
 * there is none, at its quietest moment, which lies between words.
 */
import type { VoiceSpan } from '../inference/index.ts';
import { PHRASE_PARAMETERS, SAMPLE_RATE_HZ } from './parameters.ts';

/** Start of the quietest moment in [fromMs, toMs). */
export type QuietestMoment = (fromMs: number, toMs: number) => number;

/** @param spans in order, without overlap */
export function phrasesOf(spans: readonly VoiceSpan[], quietest: QuietestMoment): VoiceSpan[] {
  const stretches: VoiceSpan[][] = [];
  for (const span of spans) {
    const stretch = stretches.at(-1);
    const last = stretch?.at(-1);
    if (stretch !== undefined && last !== undefined && span.startMs - last.endMs < PHRASE_PARAMETERS.joinPauseMs) stretch.push(span);
    else stretches.push([span]);
  }
  return stretches.flatMap((stretch) => fitted(stretch, quietest));
}

/** Phrases of one stretch, each within the longest length. */
function fitted(stretch: readonly VoiceSpan[], quietest: QuietestMoment): VoiceSpan[] {
  const [first, last] = [stretch[0], stretch.at(-1)];
  if (first === undefined || last === undefined) return [];
  const whole = { startMs: first.startMs, endMs: last.endMs };
  if (whole.endMs - whole.startMs <= PHRASE_PARAMETERS.maxPhraseMs) return [whole];
  const cut = bestPause(stretch, whole);
  if (cut !== undefined) return [...fitted(stretch.slice(0, cut), quietest), ...fitted(stretch.slice(cut), quietest)];
  const quarter = (whole.endMs - whole.startMs) / 4;
  const at = Math.round(quietest(whole.startMs + quarter, whole.endMs - quarter));
  return [...fitted(upTo(stretch, at), quietest), ...fitted(from(stretch, at), quietest)];
}

/** Index of the span after the longest pause that leaves a useful piece on both sides; central pauses are preferred. */
function bestPause(stretch: readonly VoiceSpan[], { startMs, endMs }: VoiceSpan): number | undefined {
  let best: number | undefined;
  let highest = 0;
  stretch.forEach((span, index) => {
    const previous = stretch[index - 1];
    if (previous === undefined) return;
    const shorter = Math.min(previous.endMs - startMs, endMs - span.startMs);
    const score = (span.startMs - previous.endMs + 1) * Math.sqrt(shorter);
    if (shorter >= PHRASE_PARAMETERS.minPieceMs && score > highest) [best, highest] = [index, score];
  });
  return best;
}

const upTo = (stretch: readonly VoiceSpan[], at: number): VoiceSpan[] =>
  stretch.filter(({ startMs }) => startMs < at).map(({ startMs, endMs }) => ({ startMs, endMs: Math.min(endMs, at) }));

const from = (stretch: readonly VoiceSpan[], at: number): VoiceSpan[] =>
  stretch.filter(({ endMs }) => endMs > at).map(({ startMs, endMs }) => ({ startMs: Math.max(startMs, at), endMs }));

const WINDOW_MS = 120;
const STEP_MS = 20;

/** By the energy of a sliding window; the middle of the quietest one. */
export function quietestMomentOf(pcm: Float32Array): QuietestMoment {
  const samplesPerMs = SAMPLE_RATE_HZ / 1000;
  return (fromMs, toMs) => {
    let [quietest, lowest] = [(fromMs + toMs) / 2, Infinity];
    for (let startMs = fromMs; startMs + WINDOW_MS <= toMs; startMs += STEP_MS) {
      let energy = 0;
      for (const sample of pcm.subarray(Math.round(startMs * samplesPerMs), Math.round((startMs + WINDOW_MS) * samplesPerMs))) energy += sample * sample;
      if (energy < lowest) [quietest, lowest] = [startMs + WINDOW_MS / 2, energy];
    }
    return quietest;
  };
}
