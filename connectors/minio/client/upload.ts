/**
 * Streams of unknown length. What fits into one part goes as one request; more is a multipart upload, part after part,
 * of which one is in memory. An upload that fails is aborted, so that its parts take no room (a process that is killed
 * leaves them: docs/object-store.md has the rule of the bucket that removes those).
 */
import type { Readable } from 'node:stream';
import { MillraceError } from '../../ports/index.ts';
import { S3Refusal } from './failure.ts';

export const PART_BYTES = 16 << 20;
const MAX_PARTS = 10_000;

export interface UploadedPart {
  readonly part: number;
  readonly etag: string;
}

/** The requests of an upload, each with its own retries. */
export interface UploadCalls {
  whole(bytes: Buffer): Promise<string>;
  begin(): Promise<string>;
  part(uploadId: string, part: number, bytes: Buffer): Promise<string>;
  complete(uploadId: string, parts: readonly UploadedPart[]): Promise<string>;
  abort(uploadId: string): Promise<void>;
}

export interface Uploaded {
  readonly etag: string;
  readonly sizeBytes: number;
}

export async function uploadStream(body: Readable, calls: UploadCalls): Promise<Uploaded> {
  const blocks = blocksOf(body)[Symbol.asyncIterator]();
  try {
    const first = await blocks.next();
    if (first.done === true) return { etag: await calls.whole(Buffer.alloc(0)), sizeBytes: 0 };
    if (first.value.length < PART_BYTES) return { etag: await calls.whole(first.value), sizeBytes: first.value.length };
    return await uploadParts(first.value, blocks, calls);
  } finally {
    body.destroy();
  }
}

async function uploadParts(first: Buffer, blocks: AsyncIterator<Buffer>, calls: UploadCalls): Promise<Uploaded> {
  const uploadId = await calls.begin();
  try {
    const parts: UploadedPart[] = [];
    let sizeBytes = 0;
    for (let block: Buffer | undefined = first; block !== undefined; block = await nextOf(blocks)) {
      const part = parts.length + 1;
      if (part > MAX_PARTS) throw new MillraceError('MILL_CONFIG_INVALID', `An upload holds at most ${PART_BYTES * MAX_PARTS} bytes`);
      parts.push({ part, etag: await calls.part(uploadId, part, block) });
      sizeBytes += block.length;
    }
    return { etag: await calls.complete(uploadId, parts), sizeBytes };
  } catch (error) {
    // What failed is what the caller has to know.
    await calls.abort(uploadId).catch(() => undefined);
    throw error;
  }
}

async function nextOf(blocks: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  const next = await blocks.next();
  return next.done === true ? undefined : next.value;
}

/** Blocks of exactly one part each; the last may be shorter. */
async function* blocksOf(body: Readable): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    let rest = Buffer.from(chunk as Uint8Array);
    while (length + rest.length >= PART_BYTES) {
      const wanted = PART_BYTES - length;
      yield Buffer.concat([...chunks, rest.subarray(0, wanted)]);
      rest = rest.subarray(wanted);
      chunks = [];
      length = 0;
    }
    if (rest.length > 0) chunks.push(rest);
    length += rest.length;
  }
  if (length > 0) yield Buffer.concat(chunks);
}

/** The answer to an earlier try was lost: the upload is gone because it was completed. */
export const wasCompleted = (error: unknown): boolean => error instanceof S3Refusal && error.code === 'NoSuchUpload';
