/** Moments as a pipeline would make them: clustered unit vectors of 384 dimensions, sentences of a Zipf-like vocabulary, five modalities. */
import type { MomentDocument, Modality } from '../../connectors/ports/index.ts';

export const DIMENSIONS = 384;
const CLUSTERS = 300;
const NOISE = 0.06;
const VOCABULARY = 20_000;
const WORDS_A_TEXT = 14;
const MOMENTS_AN_ASSET = 200;
const MODALITIES: readonly Modality[] = ['frame', 'speech', 'frame', 'screen', 'document'];

/** Mulberry32: the same numbers on every machine. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function normalise(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}

export class SyntheticMoments {
  readonly #random: () => number;
  readonly #centres: readonly Float32Array[];

  constructor(seed: number) {
    const common = randomOf(7);
    this.#random = randomOf(seed);
    this.#centres = Array.from({ length: CLUSTERS }, () => normalise(Float32Array.from({ length: DIMENSIONS }, () => common() + common() + common() - 1.5)));
  }

  vector(): Float32Array {
    const random = this.#random;
    const centre = this.#centres[Math.floor(random() * CLUSTERS)] ?? new Float32Array(DIMENSIONS);
    return normalise(centre.map((value) => value + NOISE * (random() + random() + random() - 1.5) * 2));
  }

  word(): string {
    return `word${Math.floor(VOCABULARY ** this.#random())}`;
  }

  text(words = WORDS_A_TEXT): string {
    return Array.from({ length: words }, () => this.word()).join(' ');
  }

  moment(number: number): MomentDocument {
    const modality = MODALITIES[number % MODALITIES.length] ?? 'frame';
    const startMs = (number % MOMENTS_AN_ASSET) * 3_000;
    return {
      id: `moment-${number}`, assetId: `asset-${Math.floor(number / MOMENTS_AN_ASSET)}`, revision: 1, library: 'default', mediaKind: 'VIDEO', modality, startMs, endMs: startMs + 3_000,
      text: modality === 'frame' ? null : this.text(), charStart: null, tags: modality === 'frame' ? [this.word(), this.word()] : [], vector: this.vector(),
      frameBlobKey: modality === 'frame' ? `blobs/${number}.jpg` : null, model: 'synthetic@1', lineage: '0011223344556677',
    };
  }
}
