/**
 * Blobs as objects: `<prefix>/<folder>/<sha256>.<extension>`. A blob goes up in one request, so it is there whole or not
 * at all, and one that is there already is the same, since its name is its hash. A large one is asked for before it is
 * sent; for a small one that would cost as much as sending it.
 */
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { assertBlobFolder, blobKeyFor, formatBlobKey, isBlobFile, MillraceError, parseBlobKey } from '../../ports/index.ts';
import type { BlobKey, BlobStore } from '../../ports/index.ts';
import { isBucketName } from '../client/index.ts';
import type { S3Client } from '../client/index.ts';

/** From this size on a blob that is there is not sent again. */
const ASK_FIRST_BYTES = 64 << 10;
const CONTENT_TYPES: Readonly<Record<string, string>> = { jpg: 'image/jpeg', png: 'image/png', txt: 'text/plain; charset=utf-8', json: 'application/json' };

const optionsSchema = z.strictObject({
  client: z.custom<S3Client>((value) => typeof value === 'object' && value !== null, 'must be an S3 client'),
  /** Made where it is missing. */
  bucket: z.string().refine(isBucketName, 'is no name of a bucket'),
  /** Where in the bucket, without slashes at its ends. @default its root */
  prefix: z.string().regex(/^[\w.-]+(?:\/[\w.-]+)*$/).refine((prefix) => !/(?:^|\/)\.\.?(?:\/|$)/.test(prefix), 'may not climb').optional(),
  /** How long a link is good; S3 allows a week. */
  linkTtlMs: z.int().min(1_000).max(7 * 24 * 3_600_000).default(3_600_000),
});

/** `client` and `bucket` are required. */
export type MinioBlobStoreOptions = z.input<typeof optionsSchema>;

class S3BlobStore implements BlobStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #linkTtlMs: number;

  constructor({ client, bucket, prefix, linkTtlMs }: z.output<typeof optionsSchema>) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix === undefined ? '' : `${prefix}/`;
    this.#linkTtlMs = linkTtlMs;
  }

  async put(folder: string, extension: string, bytes: Uint8Array): Promise<string> {
    const key = blobKeyFor(folder, extension, bytes);
    const object = this.#objectOf(key);
    if (bytes.length < ASK_FIRST_BYTES || !(await this.#holds(object, bytes.length))) {
      const contentType = CONTENT_TYPES[extension];
      await this.#client.put(this.#bucket, object, bytes, contentType === undefined ? {} : { contentType });
    }
    return formatBlobKey(key);
  }

  async get(key: string): Promise<Buffer> {
    return this.#client.read(this.#bucket, this.#objectOf(parseBlobKey(key)));
  }

  async stream(key: string): Promise<Readable> {
    return this.#client.stream(this.#bucket, this.#objectOf(parseBlobKey(key)));
  }

  localPath(key: string): undefined {
    parseBlobKey(key);
  }

  async link(key: string): Promise<string> {
    return this.#client.presignGet(this.#bucket, this.#objectOf(parseBlobKey(key)), Math.floor(this.#linkTtlMs / 1000));
  }

  async deleteFolder(folder: string): Promise<void> {
    assertBlobFolder(folder);
    const keys: string[] = [];
    for await (const { key } of this.#client.list(this.#bucket, { prefix: `${this.#prefix}${folder}/` })) keys.push(key);
    await this.#client.remove(this.#bucket, keys);
  }

  async list(folder: string): Promise<string[]> {
    assertBlobFolder(folder);
    const prefix = `${this.#prefix}${folder}/`;
    const files: string[] = [];
    for await (const { key } of this.#client.list(this.#bucket, { prefix })) files.push(key.slice(prefix.length));
    return files.filter(isBlobFile).sort().map((file) => formatBlobKey({ folder, file }));
  }

  async #holds(object: string, sizeBytes: number): Promise<boolean> {
    try {
      return (await this.#client.stat(this.#bucket, object)).sizeBytes === sizeBytes;
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'MILL_BLOB_NOT_FOUND') return false;
      throw error;
    }
  }

  #objectOf(key: BlobKey): string {
    return `${this.#prefix}${formatBlobKey(key)}`;
  }
}

/** @throws MillraceError MILL_CONFIG_INVALID, MILL_BLOBS_UNAVAILABLE, MILL_BLOBS_REFUSED */
export async function openMinioBlobStore(options: MinioBlobStoreOptions): Promise<BlobStore> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of the blob store: ${z.prettifyError(parsed.error)}`);
  const { client, bucket } = parsed.data;
  if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket);
  return new S3BlobStore(parsed.data);
}
