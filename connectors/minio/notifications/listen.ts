/**
 * MinIO's ListenBucketNotification: one request that does not end, whose answer is a line of JSON for each event. minio-js
 * has it too, but a server that answers with anything else crashes the process there, and it does not see a connection
 * that has died. Here the server is asked for a sign of life every few seconds.
 *
 * Nothing is kept for who does not listen: list the bucket once the connection stands.
 */
import { MillraceError } from '../../ports/index.ts';
import { encodeQuery, type S3Client } from '../client/index.ts';
import { createdObjects } from './created.ts';

export interface ListenOptions {
  /** @default '' */
  readonly prefix?: string;
  readonly signal: AbortSignal;
  /** From now on nothing that is put is missed until the connection ends. */
  readonly onListening?: () => void;
}

const PING_S = 2;
/** Without any byte; some builds of MinIO do not send what they have until there is much of it, and end here too. */
const SILENCE_MS = 10_000;
const HINT = 'Use --mode webhook or --mode poll with this server.';

/** Keys of objects as they are put, for as long as the connection lasts. @throws MillraceError MILL_BLOBS_UNAVAILABLE when it ends, MILL_BLOBS_REFUSED */
export async function* listenForObjects(client: S3Client, bucket: string, { prefix = '', signal, onListening = () => undefined }: ListenOptions): AsyncGenerator<string> {
  const query = `events=${encodeQuery('s3:ObjectCreated:*')}&ping=${PING_S}&prefix=${encodeQuery(prefix)}`;
  const response = await client.request({ method: 'GET', bucket, query, timeoutMs: SILENCE_MS, signal });
  try {
    if (response.headers['content-type'] !== 'text/event-stream') {
      throw new MillraceError('MILL_BLOBS_REFUSED', `${client.endpoint} does not tell what is put into a bucket: it is no MinIO.`, { hint: HINT });
    }
    onListening();
    let rest = '';
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield* keysOf(line);
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof MillraceError) throw cause;
    throw new MillraceError('MILL_BLOBS_UNAVAILABLE', `${client.endpoint} does not tell any more what is put into ${bucket}.`, { cause });
  } finally {
    response.destroy();
  }
  throw new MillraceError('MILL_BLOBS_UNAVAILABLE', `${client.endpoint} has ended the connection that tells what is put into ${bucket}.`);
}

const keysOf = (line: string): string[] => (line.trim() === '' ? [] : createdObjects(JSON.parse(line), { encodedKeys: false }).map(({ key }) => key));

/** Why the bucket cannot be listened to; `null` where it can. @throws MillraceError MILL_BLOBS_UNAVAILABLE */
export async function whyNotListen(client: S3Client, bucket: string, signal: AbortSignal): Promise<string | null> {
  // A server that answers this is there: what fails next is listening.
  await client.bucketExists(bucket);
  const done = new AbortController();
  try {
    const events = listenForObjects(client, bucket, { signal: AbortSignal.any([signal, done.signal]), onListening: () => { done.abort(); } });
    await events.next();
    return null;
  } catch (error) {
    if (done.signal.aborted) return null;
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
