/** The media event of an object. The same object always makes the same event, so that a repeat is dropped by its id. */
import { createHash } from 'node:crypto';
import { s3Uri } from '../../connectors/minio/index.ts';
import type { MediaEvent } from '../../connectors/producer/index.ts';

/** An object as a listing, or a question for it, tells. */
export interface InboxObject {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/**
 * Bucket, key, ETag, and the second in which it was put: so the same bytes are a new event when they are put again. (To
 * the second, since a question for one object tells no more of it, while a listing does.)
 */
export function eventIdOf({ bucket, key, etag, modifiedAtMs }: InboxObject): string {
  return createHash('sha256').update([bucket, key, etag, String(Math.floor(modifiedAtMs / 1000))].join('\0')).digest('hex').slice(0, 32);
}

/** Without a time of change: what was put anew is read anew. */
export const mediaEventOf = (object: InboxObject): MediaEvent => ({
  eventId: eventIdOf(object), sourceUri: s3Uri(object.bucket, object.key), sizeBytes: object.sizeBytes,
});
