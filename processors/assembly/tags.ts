/** Counts the tags of all frames. */
import type { AssetTag, Tag } from '../../schemas/index.ts';

/** Takes the tags of one frame after another; `list` gives the most frequent first, then the surest. */
export class TagCounter {
  readonly #byLabel = new Map<string, { confidence: number; count: number }>();

  add(tags: readonly Tag[]): void {
    for (const { label, confidence } of tags) {
      const seen = this.#byLabel.get(label);
      if (seen === undefined) {
        this.#byLabel.set(label, { confidence, count: 1 });
        continue;
      }
      seen.count += 1;
      seen.confidence = Math.max(seen.confidence, confidence);
    }
  }

  list(): AssetTag[] {
    return [...this.#byLabel]
      .map(([label, { confidence, count }]) => ({ label, confidence, count }))
      .sort((a, b) => b.count - a.count || b.confidence - a.confidence || (a.label < b.label ? -1 : 1));
  }
}
