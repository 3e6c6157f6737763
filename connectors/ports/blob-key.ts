/** Keys of blobs, checked letter by letter: whatever a record claims, no path leaves the store's folder or prefix. */
import { createHash } from 'node:crypto';
import { MillraceError } from './errors.ts';

const FOLDER = /^[a-z0-9_-]{1,128}$/;
const EXTENSION = /^[a-z0-9]{1,16}$/;
const FILE = /^[0-9a-f]{64}\.[a-z0-9]{1,16}$/;

export interface BlobKey {
  readonly folder: string;
  readonly file: string;
}

export function assertBlobFolder(folder: string): void {
  if (!FOLDER.test(folder)) throw new MillraceError('MILL_CONFIG_INVALID', `${JSON.stringify(folder)} is no folder of blobs.`);
}

export const isBlobFile = (name: string): boolean => FILE.test(name);

export const formatBlobKey = ({ folder, file }: BlobKey): string => `${folder}/${file}`;

/** The key under which the bytes are stored. */
export function blobKeyFor(folder: string, extension: string, bytes: Uint8Array): BlobKey {
  assertBlobFolder(folder);
  if (!EXTENSION.test(extension)) throw new MillraceError('MILL_CONFIG_INVALID', `${JSON.stringify(extension)} is no extension of a blob.`);
  return { folder, file: `${createHash('sha256').update(bytes).digest('hex')}.${extension}` };
}

/** @throws MillraceError MILL_BLOB_NOT_FOUND when the text is no key: nothing is ever stored under it */
export function parseBlobKey(key: string): BlobKey {
  const [folder = '', file = '', ...rest] = key.split('/');
  if (!FOLDER.test(folder) || !FILE.test(file) || rest.length > 0) throw new MillraceError('MILL_BLOB_NOT_FOUND', `${JSON.stringify(key)} is no key of a blob.`);
  return { folder, file };
}
