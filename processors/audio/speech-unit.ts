/** A spoken phrase as a passage for the text stage. */
import type { AudioChunk, Phrase, TextUnit } from '../../schemas/index.ts';

export function speechUnit(chunk: AudioChunk, { startMs, endMs, text }: Phrase, lineage: string): TextUnit {
  const { assetId, revision, library, priority, contentHash, mediaKind } = chunk;
  return {
    assetId, revision, library, priority, contentHash, mediaKind,
    unitId: `speech:${startMs}`,
    origin: 'SPEECH',
    text, startMs, endMs,
    charStart: null,
    frameBlobKey: null,
    tags: [],
    lineage,
  };
}
