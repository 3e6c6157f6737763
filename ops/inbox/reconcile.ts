/** Compares the bucket with the checkpoint: what nobody told of, while this process was down or not heard, is found here. */
import type { S3Client } from '../../connectors/minio/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Intake } from './intake.ts';
import { limited } from './limited.ts';

export interface Bucket {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
}

/** Objects published at a time. */
const CONCURRENCY = 256;

/** Publishes what is new or has changed, and forgets keys that are gone. */
export async function reconcile({ client, bucket, prefix }: Bucket, intake: Intake, checkpoint: Checkpoint, signal: AbortSignal): Promise<void> {
  // A key that comes during the listing may lie behind it already.
  const unseen = new Set([...checkpoint.keys()].filter((key) => key.startsWith(prefix)));
  const publishing = limited(CONCURRENCY);
  for await (const object of client.list(bucket, { prefix })) {
    signal.throwIfAborted();
    unseen.delete(object.key);
    await publishing.start(() => intake.seen({ bucket, ...object }));
  }
  await publishing.done();
  await checkpoint.forget([...unseen]);
  await checkpoint.compact();
}
