/** A bucket of a test's own on the shared server, and a client for it. */
import { randomBytes } from 'node:crypto';
import { openS3Client } from '../../../../connectors/minio/index.ts';
import type { S3Client, S3Options } from '../../../../connectors/minio/index.ts';
import { sharedS3 } from '../../../support/servers.ts';

export interface TestBucket {
  readonly bucket: string;
  readonly client: S3Client;
  readonly options: S3Options;
  /** Removes the bucket with all that is in it. */
  close(): Promise<void>;
}

export async function openTestBucket(): Promise<TestBucket> {
  const options = { ...await sharedS3() };
  const client = openS3Client(options);
  const bucket = `test-${randomBytes(8).toString('hex')}`;
  await client.makeBucket(bucket);
  return {
    bucket, client, options,
    close: async () => {
      await emptyBucket(client, bucket);
      await client.removeBucket(bucket);
      client.close();
    },
  };
}

export async function emptyBucket(client: S3Client, bucket: string): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of client.list(bucket)) keys.push(key);
  await client.remove(bucket, keys);
}
