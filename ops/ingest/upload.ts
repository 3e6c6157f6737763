/**
 * Brings files to the bucket of sources, where workers on any machine read them. An object's key is made from its bytes,
 * `<library>/<sha256>/<file name>`, so what is there already is not sent again, nobody's bytes are ever replaced, and a
 * file that changed has another source.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../../connectors/ports/index.ts';
import { s3Uri, type S3Client } from '../../connectors/minio/index.ts';
import type { AssetSubmitted } from '../../schemas/index.ts';

export interface UploadOptions {
  readonly client: S3Client;
  readonly bucket: string;
  readonly signal?: AbortSignal;
  /** Hears of bytes that were sent, or that need not be. */
  readonly onBytes?: (bytes: number) => void;
}

export interface UploadedSource {
  /** The event, with the object as its source. */
  readonly event: AssetSubmitted;
  /** `false`: the bytes were there. */
  readonly sent: boolean;
}

/** @throws MillraceError MILL_SOURCE_NOT_FOUND, MILL_SOURCE_CHANGED, MILL_BLOBS_UNAVAILABLE, MILL_BLOBS_REFUSED */
export async function uploadSource(event: AssetSubmitted, { client, bucket, signal, onBytes = () => undefined }: UploadOptions): Promise<UploadedSource> {
  const file = fileURLToPath(event.sourceUri);
  const { sha256, sizeBytes } = await digestOf(file, signal);
  const key = `${encodeURIComponent(event.library)}/${sha256}/${event.fileName}`;
  const stored: UploadedSource = { event: { ...event, sourceUri: s3Uri(bucket, key), sizeBytes }, sent: false };
  if (await hasObject(client, bucket, key, sizeBytes)) {
    onBytes(sizeBytes);
    return stored;
  }
  const hash = createHash('sha256');
  await client.put(bucket, key, readThrough(file, hash, onBytes), signal === undefined ? {} : { signal });
  if (hash.digest('hex') !== sha256) {
    await client.remove(bucket, [key]);
    throw new MillraceError('MILL_SOURCE_CHANGED', `${file} changed while it was read.`);
  }
  return { ...stored, sent: true };
}

async function digestOf(file: string, signal: AbortSignal | undefined): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
    }, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new MillraceError('MILL_SOURCE_NOT_FOUND', `${file} cannot be read.`, { cause });
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

async function hasObject(client: S3Client, bucket: string, key: string, sizeBytes: number): Promise<boolean> {
  try {
    return (await client.stat(bucket, key)).sizeBytes === sizeBytes;
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MILL_BLOB_NOT_FOUND') return false;
    throw error;
  }
}

function readThrough(file: string, hash: Hash, onBytes: (bytes: number) => void): Transform {
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), body).catch((error: unknown) => { body.destroy(error instanceof Error ? error : new Error(String(error))); });
  return body;
}
