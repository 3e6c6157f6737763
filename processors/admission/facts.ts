/** What admission finds out about a source, whatever its kind. */
import type { MediaKind } from '../../schemas/index.ts';

export interface MediaFacts {
  readonly mediaKind: MediaKind;
  readonly container: string;
  readonly durationMs: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  readonly subtitleStreams: readonly number[];
  readonly frameRate: number | null;
}

export const STILL = { durationMs: null, width: null, height: null, hasVideo: false, hasAudio: false, subtitleStreams: [], frameRate: null } as const;
