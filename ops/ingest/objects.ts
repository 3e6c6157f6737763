/** Objects of a bucket as media events: they are submitted as they lie, and read from there. */
import { MillraceError } from '../../connectors/ports/index.ts';
import { s3Uri, type S3Client } from '../../connectors/minio/index.ts';
import { completeMediaEvent } from '../../connectors/producer/index.ts';
import type { AssetSubmitted } from '../../schemas/index.ts';
import type { ScanOptions } from './scan.ts';

export interface ObjectPlace {
  readonly bucket: string;
  /** A key, or the beginning of keys up to a slash; empty for the whole bucket. */
  readonly prefix: string;
}

export const isObjectPlace = (given: string): boolean => given.startsWith('s3:');

/** `s3://bucket/folder`, percent-encoded where it has to be. @throws MillraceError MILL_CONFIG_INVALID */
export function objectPlaceOf(given: string): ObjectPlace {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const prefix = url === undefined ? undefined : decoded(url.pathname.slice(1));
  if (url === undefined || prefix === undefined || url.hostname === '') throw new MillraceError('MILL_CONFIG_INVALID', `"${given}" is no place in a bucket.`, { hint: 'Write s3://bucket, s3://bucket/folder/ or s3://bucket/key.' });
  return { bucket: url.hostname, prefix };
}

/** The object itself, or all below it, in the order of their keys; what is hidden, and marks of folders, are passed over. */
export async function* scanObjects(client: S3Client, { bucket, prefix }: ObjectPlace, { library, priority, nowMs }: ScanOptions): AsyncGenerator<AssetSubmitted> {
  for await (const { key, sizeBytes, modifiedAtMs } of client.list(bucket, { prefix })) {
    if (!isUnder(prefix, key) || !isVisible(key.slice(prefix.length))) continue;
    yield completeMediaEvent({ sourceUri: s3Uri(bucket, key), sizeBytes, modifiedAtMs }, { library, priority, nowMs });
  }
}

/** `photos` is not `photos-2`. */
const isUnder = (prefix: string, key: string): boolean => prefix === '' || prefix.endsWith('/') || key === prefix || key.startsWith(`${prefix}/`);

/** By the rule for files: no part of it begins with a dot. */
export const isVisible = (key: string): boolean => !key.endsWith('/') && !key.split('/').some((part) => part.startsWith('.'));

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
