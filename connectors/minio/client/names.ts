/** Names of buckets and keys of objects: what S3 takes, and what of that is safe. */
import { MillraceError } from '../../ports/index.ts';

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const MAX_KEY_BYTES = 1024;

/** Where MinIO has its own interfaces (`/minio/admin`, `/minio/v2/metrics`): a signed request for an object in it would be one to them. */
const RESERVED_BUCKET = 'minio';

/** Bucket and key as S3 has them; no part of a key may climb. */
export const isBucketName = (bucket: string): boolean => BUCKET.test(bucket) && !bucket.includes('..') && bucket !== RESERVED_BUCKET;
export const isObjectKey = (key: string): boolean => key !== '' && Buffer.byteLength(key) <= MAX_KEY_BYTES && !key.split('/').some((part) => part === '.' || part === '..');

/** @throws MillraceError MILL_CONFIG_INVALID */
export function assertNames(bucket?: string, key?: string): void {
  if (bucket !== undefined && !isBucketName(bucket)) throw new MillraceError('MILL_CONFIG_INVALID', `${JSON.stringify(bucket)} is no name of a bucket.`);
  if (key !== undefined && !isObjectKey(key)) throw new MillraceError('MILL_CONFIG_INVALID', `${JSON.stringify(key)} is no key of an object.`);
}
