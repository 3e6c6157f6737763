/**
 * `millrace produce`: finds what is named, brings the files of it to the object store where there is one, and publishes
 * an event for each as soon as its bytes are there.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { S3Client } from '../../connectors/minio/index.ts';
import type { MediaProducer } from '../../connectors/producer/index.ts';
import type { AssetSubmitted } from '../../schemas/index.ts';
import { isObjectPlace, objectPlaceOf, scanObjects } from './objects.ts';
import { scan, type ScanOptions } from './scan.ts';
import { uploadSource } from './upload.ts';

/** Where files go before they are published. */
export interface SourceBucket {
  readonly client: S3Client;
  readonly bucket: string;
}

export interface PublishOptions {
  readonly producer: MediaProducer;
  /** `null`: events name the files where they lie. */
  readonly uploadTo: SourceBucket | null;
  readonly signal: AbortSignal;
  /** Hears of files that changed while they were read, or cannot be. */
  readonly onPassedOver: (place: string, reason: string) => void;
  readonly onPublished?: (event: AssetSubmitted) => void;
  readonly onProgress?: (progress: PublishProgress) => void;
}

export interface PublishProgress {
  readonly published: number;
  /** Sent, or found to be there. */
  readonly bytes: number;
}

export interface PublishSummary extends PublishProgress {
  /** Files whose bytes were sent. */
  readonly uploaded: number;
  /** Files whose bytes were there already. */
  readonly present: number;
}

/** Uploads at a time: enough to fill a network, and each holds one part in memory. */
const CONCURRENCY = 4;

/** Everything below the places, each asset once. @throws MillraceError MILL_SOURCE_NOT_FOUND for a place with nothing in it, MILL_CONFIG_INVALID */
export async function collect(places: readonly string[], client: S3Client | null, options: ScanOptions, signal: AbortSignal): Promise<AssetSubmitted[]> {
  const events = new Map<string, AssetSubmitted>();
  for (const place of places) {
    for await (const event of eventsAt(place, client, options)) {
      signal.throwIfAborted();
      events.set(event.assetId, event);
    }
  }
  return [...events.values()];
}

async function* eventsAt(place: string, client: S3Client | null, options: ScanOptions): AsyncGenerator<AssetSubmitted> {
  if (!isObjectPlace(place)) {
    yield* scan([place], options);
    return;
  }
  if (client === null) throw new MillraceError('MILL_CONFIG_INVALID', `${place} cannot be listed: no object store is configured.`, { hint: 'Name it: MILLRACE_S3_ENDPOINT, MILLRACE_S3_ACCESS_KEY, MILLRACE_S3_SECRET_KEY.' });
  let found = false;
  for await (const event of scanObjects(client, objectPlaceOf(place), options)) {
    found = true;
    yield event;
  }
  if (!found) throw new MillraceError('MILL_SOURCE_NOT_FOUND', `There is no object at ${place}.`);
}

/** In no order. The first outage ends it: what was published stays, and the same command goes on from there. */
export async function publish(events: readonly AssetSubmitted[], options: PublishOptions): Promise<PublishSummary> {
  const { producer, uploadTo, signal, onPassedOver, onPublished = () => undefined, onProgress = () => undefined } = options;
  const summary = { published: 0, bytes: 0, uploaded: 0, present: 0 };
  if (uploadTo !== null) await makeBucket(uploadTo);
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const onBytes = (bytes: number): void => {
    summary.bytes += bytes;
    onProgress(summary);
  };
  const bring = async (event: AssetSubmitted): Promise<AssetSubmitted | null> => {
    if (uploadTo === null || !event.sourceUri.startsWith('file:')) return event;
    try {
      const { event: brought, sent } = await uploadSource(event, { ...uploadTo, signal: both, onBytes });
      summary[sent ? 'uploaded' : 'present'] += 1;
      return brought;
    } catch (error) {
      if (!(error instanceof MillraceError && error.kind === 'media')) throw error;
      onPassedOver(event.fileName, error.message);
      return null;
    }
  };
  const waiting = events.values();
  const work = async (): Promise<void> => {
    for (const event of waiting) {
      both.throwIfAborted();
      const brought = await bring(event);
      if (brought === null) continue;
      await producer.submit([brought]);
      summary.published += 1;
      onPublished(brought);
      onProgress(summary);
    }
  };
  // Where nothing is uploaded, more of them fill the producer's batches.
  const workers = Array.from({ length: uploadTo === null ? 500 : CONCURRENCY }, () => work().catch((error: unknown) => {
    failed.abort(error);
    throw error;
  }));
  const failure = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (failure === undefined) return summary;
  signal.throwIfAborted();
  throw failed.signal.reason as Error;
}

async function makeBucket({ client, bucket }: SourceBucket): Promise<void> {
  if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket);
}
