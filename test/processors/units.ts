/** Units as the decode stage would send them, with their bytes in a real blob store; and what a stage says of them. */
import { expect } from 'chai';
import { openFileBlobStore } from '../../connectors/embedded/index.ts';
import type { BlobStore } from '../../connectors/ports/index.ts';
import type { AudioChunk, Frame, Insight, TextUnit } from '../../schemas/index.ts';
import { durationMsOf } from '../support/sound.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';

const CONTENT_HASH = 'c0'.repeat(32);
const common = { assetId: 'asset-1', revision: 3, library: 'tests', priority: 'LIVE', contentHash: CONTENT_HASH, lineage: '0123456789abcdef' } as const;

export async function temporaryBlobs(): Promise<{ blobs: BlobStore; dispose: () => Promise<void> }> {
  const directory = await temporaryFolder();
  return { blobs: await openFileBlobStore({ directory }), dispose: () => removeFolder(directory) };
}

export async function chunkOf(blobs: BlobStore, pcm: Buffer, startMs = 0): Promise<AudioChunk> {
  const blobKey = await blobs.put(CONTENT_HASH, 'pcm', pcm);
  return { ...common, mediaKind: 'AUDIO', unitId: `audio:${startMs}`, startMs, endMs: startMs + Math.floor(durationMsOf(pcm)), blobKey, sampleRateHz: 16_000 };
}

export async function frameOf(blobs: BlobStore, jpeg: Buffer, place: Pick<Frame, 'timeMs' | 'shotStartMs' | 'shotEndMs'> = { timeMs: null, shotStartMs: null, shotEndMs: null }): Promise<Frame> {
  const blobKey = await blobs.put(CONTENT_HASH, 'jpg', jpeg);
  return { ...common, mediaKind: place.timeMs === null ? 'IMAGE' : 'VIDEO', unitId: `frame:${place.timeMs ?? 0}`, ...place, blobKey, width: 640, height: 360 };
}

export const textUnitOf = (text: string, about: Partial<TextUnit> = {}): TextUnit => ({
  ...common, mediaKind: 'TEXT', unitId: 'document:0', origin: 'DOCUMENT', text, startMs: null, endMs: null, charStart: 0, frameBlobKey: null, tags: [], ...about,
});

/** The one insight of a task. */
export function insightOf({ insights }: { readonly insights: readonly Insight[] }, task: Insight['task']): Insight {
  const found = insights.filter((insight) => insight.task === task);
  expect(found, task).to.have.length(1);
  return found[0]!;
}
