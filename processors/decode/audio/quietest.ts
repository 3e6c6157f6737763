/** The quietest place of a stretch of sound: where it can be cut without cutting a word. */

export const SAMPLES_PER_MS = 16;
const WINDOW = 200 * SAMPLES_PER_MS;
const HOP = 10 * SAMPLES_PER_MS;

/**
 * The middle of the quietest 200 ms that lies within [from, to), as a sample index. Of equals, the one nearest to the
 * middle of the range, so that a silent stretch is cut where it was planned. Integer arithmetic: the same samples give
 * the same place everywhere. `undefined` where the range is shorter than 200 ms.
 */
export function quietestPoint(samples: Int16Array, from: number, to: number): number | undefined {
  const end = Math.min(to, samples.length);
  const middle = (from + to) / 2;
  let best: { readonly at: number; readonly energy: number } | undefined;
  for (let start = from; start + WINDOW <= end; start += HOP) {
    let energy = 0;
    for (let index = start; index < start + WINDOW; index += 1) {
      const sample = samples[index] ?? 0;
      energy += sample * sample;
    }
    const at = start + WINDOW / 2;
    if (best === undefined || energy < best.energy || (energy === best.energy && Math.abs(at - middle) < Math.abs(best.at - middle))) best = { at, energy };
  }
  return best?.at;
}
