/**
 * Blocks of objects that were read lately, for all open sources together: picture, sound and subtitles of a segment are
 * read by processes of their own, and the next segment of a film begins with the same header. The least recently used
 * go first. A block that is on its way is waited for and not asked for twice; one that failed is forgotten.
 */
export type Fetch = () => Promise<Buffer>;

export class BlockCache {
  readonly #maxBytes: number;
  /** In the order of their use. Those on their way count as nothing yet. */
  readonly #blocks = new Map<string, { readonly bytes: Promise<Buffer>; sizeBytes: number }>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  async get(id: string, fetch: Fetch): Promise<Buffer> {
    const known = this.#blocks.get(id);
    if (known === undefined) return this.#load(id, fetch);
    this.#blocks.delete(id);
    this.#blocks.set(id, known);
    return known.bytes;
  }

  /** What it holds, for those who have some of it already. */
  put(id: string, bytes: Buffer): void {
    if (!this.#blocks.has(id)) void this.#load(id, async () => bytes);
  }

  async #load(id: string, fetch: Fetch): Promise<Buffer> {
    const entry = { bytes: fetch(), sizeBytes: 0 };
    this.#blocks.set(id, entry);
    try {
      const bytes = await entry.bytes;
      entry.sizeBytes = bytes.length;
      this.#bytes += bytes.length;
      this.#evict();
      return bytes;
    } catch (error) {
      this.#blocks.delete(id);
      throw error;
    }
  }

  #evict(): void {
    for (const [id, { sizeBytes }] of this.#blocks) {
      if (this.#bytes <= this.#maxBytes) return;
      if (sizeBytes === 0) continue;
      this.#blocks.delete(id);
      this.#bytes -= sizeBytes;
    }
  }
}
