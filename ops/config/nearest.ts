/** "Did you mean": of what there is, the name that is most like a wrong one. */
export interface Candidate {
  /** As somebody may have meant to write it. */
  readonly spelling: string;
  readonly name: string;
}

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/** @returns undefined where nothing is like it */
export function nearest(wrong: string, candidates: readonly Candidate[]): string | undefined {
  const wanted = plain(wrong);
  let best: { name: string; distance: number } | undefined;
  for (const { spelling, name } of candidates) {
    const distance = editDistance(wanted, plain(spelling));
    if (distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best !== undefined && best.distance <= Math.floor(wanted.length / 3) ? best.name : undefined;
}

/** Of Levenshtein: how many letters are put in, taken out or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
