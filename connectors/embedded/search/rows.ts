/** Documents as rows of the tables, and back. */
import type { AssetIndexDocument, IndexedMediaKind, Modality, MomentDocument } from '../../ports/index.ts';
import type { Row } from './connection.ts';

/** Everything of a moment but text and vector. */
export const MOMENT_COLUMNS = [
  'id', 'asset_id', 'revision', 'library', 'media_kind', 'modality', 'start_ms', 'end_ms', 'has_text', 'char_start', 'tags', 'dimensions', 'frame_blob_key', 'model', 'lineage',
].map((column) => `m.${column}`).join(', ');

export const ASSET_COLUMNS = ['asset_id', 'revision', 'library', 'media_kind', 'state', 'file_name', 'source_uri', 'tags', 'body'].map((column) => `a.${column}`).join(', ');

/** The value of a column that holds text. */
export const textOf = (row: Row, column: string): string => textOrNull(row, column) ?? '';

function textOrNull(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? value : null;
}

const numberOrNull = (row: Row, column: string): number | null => (row[column] === null ? null : Number(row[column]));

/** `words` is the column of moment_words. */
export function momentOf(row: Row): Omit<MomentDocument, 'vector'> {
  return {
    id: textOf(row, 'id'),
    assetId: textOf(row, 'asset_id'),
    revision: Number(row['revision']),
    library: textOf(row, 'library'),
    mediaKind: textOf(row, 'media_kind') as IndexedMediaKind,
    modality: textOf(row, 'modality') as Modality,
    startMs: numberOrNull(row, 'start_ms'),
    endMs: numberOrNull(row, 'end_ms'),
    text: row['has_text'] === 1 ? textOf(row, 'words') : null,
    charStart: numberOrNull(row, 'char_start'),
    tags: JSON.parse(textOf(row, 'tags')) as string[],
    frameBlobKey: textOrNull(row, 'frame_blob_key'),
    model: textOf(row, 'model'),
    lineage: textOf(row, 'lineage'),
  };
}

export function assetOf(row: Row): AssetIndexDocument {
  return {
    assetId: textOf(row, 'asset_id'),
    revision: Number(row['revision']),
    library: textOf(row, 'library'),
    mediaKind: textOrNull(row, 'media_kind') as IndexedMediaKind | null,
    state: textOf(row, 'state') as AssetIndexDocument['state'],
    fileName: textOf(row, 'file_name'),
    sourceUri: textOf(row, 'source_uri'),
    text: textOf(row, 'words'),
    tags: JSON.parse(textOf(row, 'tags')) as string[],
    body: JSON.parse(textOf(row, 'body')) as unknown,
  };
}

/** Float32 in the machine's order, which is little-endian on every platform that the library is built for. */
export const bytesOf = (vector: Float32Array): Buffer => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);

export const vectorOf = (value: Row[string] | undefined): Float32Array | null => (value instanceof ArrayBuffer ? new Float32Array(value) : null);
