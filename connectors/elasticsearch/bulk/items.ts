/**
 * Items of a bulk request as the lines that go over the wire, made once: what is tried again is sent as it stands.
 *
 * A vector goes as base64 of its float32 numbers in network order (Elasticsearch 9.3 and newer): 384 dimensions are 2 KiB
 * instead of 8, and neither side prints or parses numbers. It is stored and given back as numbers all the same. Older
 * servers get numbers, as short as float32 needs them.
 */
import type { ServerVersion } from '../client.ts';

export interface BulkItem {
  /** Lines with their ends. */
  readonly text: string;
  readonly bytes: number;
}

export type VectorText = (vector: Float32Array) => string;

/** What stands before `_id` is the same for all documents of an index. */
export function actionLine(action: 'index' | 'delete', index: string, id: string, version?: { readonly number: number; readonly type: 'external' | 'external_gte' }): string {
  const versionText = version === undefined ? '' : `,"version":${version.number},"version_type":"${version.type}"`;
  return `{"${action}":{"_index":"${index}","_id":${JSON.stringify(id)}${versionText}}}\n`;
}

export function itemOf(text: string): BulkItem {
  return { text, bytes: Buffer.byteLength(text) };
}

/** @param vector its text, which is put in as the last field */
export function sourceLine(source: object, vector?: string): string {
  const json = JSON.stringify(source);
  return vector === undefined ? `${json}\n` : `${json.slice(0, -1)},"vector":${vector}}\n`;
}

export const vectorTextFor = ({ major, minor }: ServerVersion): VectorText => (major > 9 || minor >= 3 ? base64Text : numbersText);

export function base64Text(vector: Float32Array): string {
  // A copy: the caller's bytes stay as they are.
  const bytes = Buffer.from(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  return `"${bytes.swap32().toString('base64')}"`;
}

export function numbersText(vector: Float32Array): string {
  // Nine digits tell all float32 numbers apart.
  return `[${Array.from(vector, (value) => Number(value.toPrecision(9))).join(',')}]`;
}
