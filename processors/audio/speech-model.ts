/** What the families of speech networks have in common, and the arithmetic of greedy decoding that they share. */
import type { Hypothesis } from './speech-guards.ts';

export interface SpeechModel {
  /** @param pcm 16 kHz mono, at most 10 s */
  transcribe(pcm: Float32Array, maxTokens: number): Promise<Hypothesis>;
}

export interface Choice {
  readonly token: number;
  readonly logProbability: number;
}

/** The best token of one row of logits among those that are allowed. The probability is over all of them. */
export function bestToken(logits: Float32Array, allowed: (token: number) => boolean = () => true): Choice {
  let token = 0;
  let highest = -Infinity;
  let peak = -Infinity;
  logits.forEach((logit, index) => {
    if (logit > peak) peak = logit;
    if (logit > highest && allowed(index)) {
      token = index;
      highest = logit;
    }
  });
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - peak);
  return { token, logProbability: highest - peak - Math.log(sum) };
}

export interface GreedyResult {
  readonly tokens: number[];
  /** Mean over the tokens and the end mark. */
  readonly confidence: number;
}

/** Asks `next` for the choice after each token until the end mark or the limit. */
export async function decodeGreedily(next: (previous: number | undefined) => Promise<Choice>, endToken: number, maxTokens: number): Promise<GreedyResult> {
  const tokens: number[] = [];
  let total = 0;
  let steps = 0;
  while (tokens.length < maxTokens) {
    const { token, logProbability } = await next(tokens.at(-1));
    total += logProbability;
    steps += 1;
    if (token === endToken) break;
    tokens.push(token);
  }
  return { tokens, confidence: steps === 0 ? 0 : Math.exp(total / steps) };
}
