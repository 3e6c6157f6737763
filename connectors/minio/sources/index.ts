/** Objects as sources of media: `s3://bucket/key`. */
import type { SourceOpeners } from '../../ports/index.ts';
import type { S3Client } from '../client/index.ts';
import { BlockCache } from './block-cache.ts';
import { RangeServer } from './range-server.ts';
import { BLOCK_BYTES, openS3Source } from './s3-source.ts';

export { s3Uri } from './s3-uri.ts';

export interface S3SourcesOptions {
  /** What is kept in memory of all sources that are open, together. @default 128 MiB */
  readonly cacheBytes?: number;
}

/** To be merged with FILE_SOURCES. */
export function s3Sources(client: S3Client, { cacheBytes = 128 << 20 }: S3SourcesOptions = {}): SourceOpeners {
  const parts = { client: client.forSources(), cache: new BlockCache(cacheBytes), server: new RangeServer(BLOCK_BYTES) };
  return { 's3:': (uri) => openS3Source(parts, uri) };
}
