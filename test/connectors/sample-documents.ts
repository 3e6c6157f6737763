/** Documents for tests of a SearchIndex. */
import type { AssetIndexDocument, MomentDocument } from '../../connectors/ports/index.ts';

export const DIMENSIONS = 8;

/** A unit vector between two axes: `share` of the first, the rest of the second. */
export function mixed(first: number, second: number, share: number): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  vector[first] = share;
  vector[second] = Math.sqrt(1 - share * share);
  return vector;
}

export function axis(index: number): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  vector[index] = 1;
  return vector;
}

export const moment = (id: string, changes: Partial<MomentDocument> = {}): MomentDocument => ({
  id,
  assetId: 'asset-1',
  revision: 1,
  library: 'default',
  mediaKind: 'VIDEO',
  modality: 'speech',
  startMs: 0,
  endMs: 1_000,
  text: null,
  charStart: null,
  tags: [],
  vector: axis(0),
  frameBlobKey: null,
  model: 'test@1',
  lineage: 'a1b2c3d4e5f60718',
  ...changes,
});

export const asset = (assetId: string, changes: Partial<AssetIndexDocument> = {}): AssetIndexDocument => ({
  assetId,
  revision: 1,
  library: 'default',
  mediaKind: 'VIDEO',
  state: 'COMPLETE',
  fileName: `${assetId}.mp4`,
  sourceUri: `file:///media/${assetId}.mp4`,
  text: `${assetId}.mp4`,
  tags: [],
  body: { assetId, reasons: [], duplicateOf: null },
  ...changes,
});
