/**
 * An object as a source. Opening it is one ranged GET, which brings its size, its ETag and its first block (a HEAD would
 * not tell a wrong key from a missing object). Every later request names that ETag, and its time of change is compared:
 * an object that was replaced is MILL_SOURCE_CHANGED, never half of one and half of the other.
 *
 *   chunks()          one GET from begin to end, resumed where it broke off
 *   read(), ffmpeg    blocks of 512 KiB, cached; who reads on has the next six fetched ahead
 */
import { MillraceError } from '../../ports/index.ts';
import type { MediaInput, MediaSource } from '../../ports/index.ts';
import type { ObjectStat, S3Client } from '../client/index.ts';
import type { BlockCache } from './block-cache.ts';
import type { RangeServer, ServedSource } from './range-server.ts';
import { locationOf } from './s3-uri.ts';
import type { S3Location } from './s3-uri.ts';

export const BLOCK_BYTES = 512 << 10;
const READ_AHEAD_BLOCKS = 6;

export interface SourceParts {
  readonly client: S3Client;
  readonly cache: BlockCache;
  readonly server: RangeServer;
}

export async function openS3Source(parts: SourceParts, uri: URL): Promise<MediaSource> {
  const location = locationOf(uri);
  const { bytes, stat } = await firstBlock(parts.client, location);
  const source = new S3Source(parts, location, stat, bytes);
  source.input = await parts.server.serve(source);
  return source;
}

async function firstBlock(client: S3Client, location: S3Location): Promise<{ readonly bytes: Buffer; readonly stat: ObjectStat }> {
  const { bucket, key, versionId } = location;
  const version = versionId === undefined ? {} : { versionId };
  try {
    return await client.fetch(bucket, key, { range: { offset: 0, length: BLOCK_BYTES }, ...version });
  } catch (error) {
    // No range of an empty object can be had.
    if (error instanceof MillraceError && error.code === 'MILL_SOURCE_CHANGED') return client.fetch(bucket, key, version);
    throw error;
  }
}

class S3Source implements MediaSource, ServedSource {
  input: MediaInput = { type: 'address', url: '', failed: AbortSignal.abort() };
  readonly sizeBytes: number;
  readonly identity: string;
  readonly #parts: SourceParts;
  readonly #location: S3Location;
  readonly #stat: ObjectStat;

  constructor(parts: SourceParts, location: S3Location, stat: ObjectStat, first: Buffer) {
    this.#parts = parts;
    this.#location = location;
    this.#stat = stat;
    this.sizeBytes = stat.sizeBytes;
    this.identity = identityOf(location, stat);
    if (first.length > 0) parts.cache.put(this.#blockId(0), first);
  }

  async read(position: number, length: number): Promise<Buffer> {
    const end = Math.min(position + length, this.sizeBytes);
    if (end <= position) return Buffer.alloc(0);
    // What is read whole is used once, and would drive everything else out of the cache.
    if (length > BLOCK_BYTES) return this.#fetch(position, end - position);
    const blocks: Buffer[] = [];
    for (let index = Math.floor(position / BLOCK_BYTES); index * BLOCK_BYTES < end; index++) {
      const start = index * BLOCK_BYTES;
      blocks.push((await this.block(index)).subarray(Math.max(0, position - start), end - start));
    }
    return Buffer.concat(blocks);
  }

  async* chunks(): AsyncIterable<Buffer> {
    const { client } = this.#parts;
    const { bucket, key } = this.#location;
    let position = 0;
    while (position < this.sizeBytes) {
      const before = position;
      try {
        const { stat, body } = await client.get(bucket, key, { ...this.#pinned(), range: { offset: position } });
        this.#assertSame(stat);
        for await (const chunk of body) {
          position += (chunk as Buffer).length;
          yield chunk as Buffer;
        }
      } catch (error) {
        // A connection that breaks off after some of it goes on from there; one that brings nothing is an outage.
        const goesOn = error instanceof MillraceError && error.code === 'MILL_SOURCE_UNAVAILABLE' && position > before;
        if (!goesOn) throw error;
      }
    }
  }

  async assertUnchanged(): Promise<void> {
    if (this.sizeBytes > 0) await this.#fetch(0, 1);
  }

  async close(): Promise<void> {
    await this.#parts.server.drop(this);
  }

  /** For the server, and for small reads. */
  block(index: number): Promise<Buffer> {
    const offset = index * BLOCK_BYTES;
    return this.#parts.cache.get(this.#blockId(index), () => this.#fetch(offset, Math.min(BLOCK_BYTES, this.sizeBytes - offset)));
  }

  readAhead(index: number): void {
    const last = Math.min(index + READ_AHEAD_BLOCKS, Math.ceil(this.sizeBytes / BLOCK_BYTES) - 1);
    // One that fails is asked for again when it is needed, and told then.
    for (let next = index + 1; next <= last; next++) this.block(next).catch(() => undefined);
  }

  async #fetch(offset: number, length: number): Promise<Buffer> {
    const { bucket, key } = this.#location;
    const { bytes, stat } = await this.#parts.client.fetch(bucket, key, { ...this.#pinned(), range: { offset, length } });
    this.#assertSame(stat);
    return bytes;
  }

  #pinned(): { readonly ifMatch: string; readonly versionId?: string } {
    const { versionId } = this.#location;
    return { ifMatch: this.#stat.etag, ...(versionId === undefined ? {} : { versionId }) };
  }

  /** An ETag of MD5 can be forged; a time of change as well cannot. */
  #assertSame(stat: ObjectStat): void {
    if (identityOf(this.#location, stat) !== this.identity) throw new MillraceError('MILL_SOURCE_CHANGED', `${this.#location.key} changed while it was read`);
  }

  #blockId(index: number): string {
    return `${this.identity}#${index}`;
  }
}

const identityOf = ({ bucket, key }: S3Location, { etag, sizeBytes, versionId, modifiedAtMs }: ObjectStat): string =>
  JSON.stringify(['s3', bucket, key, versionId ?? null, etag, sizeBytes, modifiedAtMs]);
