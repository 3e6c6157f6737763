/** From speech probabilities to spans: hysteresis, least lengths, padding. */
import type { VoiceSpan } from '../inference/index.ts';
import { VOICE_PARAMETERS } from './parameters.ts';

/** @param probabilities one each `hopMs`, from the start */
export function voiceSpans(probabilities: Float32Array, hopMs: number, durationMs: number): VoiceSpan[] {
  const { minSpeechMs, minSilenceMs, paddingMs } = VOICE_PARAMETERS;
  const joined: VoiceSpan[] = [];
  for (const span of rawSpans(probabilities, hopMs)) {
    const last = joined.at(-1);
    if (last !== undefined && span.startMs - last.endMs < minSilenceMs) joined[joined.length - 1] = { startMs: last.startMs, endMs: span.endMs };
    else joined.push(span);
  }
  const speech = joined.filter(({ startMs, endMs }) => endMs - startMs >= minSpeechMs);
  return speech.map(({ startMs, endMs }, index) => {
    const before = speech[index - 1]?.endMs ?? -Infinity;
    const after = speech[index + 1]?.startMs ?? Infinity;
    return {
      startMs: Math.max(0, Math.round(Math.max(startMs - paddingMs, (before + startMs) / 2))),
      endMs: Math.min(durationMs, Math.round(Math.min(endMs + paddingMs, (endMs + after) / 2))),
    };
  });
}

/** Starts above `enter`, lasts as long as it stays above `leave`. */
function rawSpans(probabilities: Float32Array, hopMs: number): VoiceSpan[] {
  const { enter, leave } = VOICE_PARAMETERS;
  const spans: VoiceSpan[] = [];
  let startMs: number | undefined;
  probabilities.forEach((probability, hop) => {
    if (startMs === undefined && probability >= enter) startMs = hop * hopMs;
    if (startMs !== undefined && probability < leave) {
      spans.push({ startMs, endMs: hop * hopMs });
      startMs = undefined;
    }
  });
  if (startMs !== undefined) spans.push({ startMs, endMs: probabilities.length * hopMs });
  return spans;
}
