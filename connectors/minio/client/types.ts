/** What the connectors need of S3, and what goes in and comes out. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ListedObject } from './listing.ts';
import type { Uploaded } from './upload.ts';

export interface ObjectStat {
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  /** `undefined` where the bucket keeps no versions. */
  readonly versionId: string | undefined;
  readonly modifiedAtMs: number;
  /** User metadata: names in lower case, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface PutOptions {
  readonly contentType?: string;
  /** User metadata: names in lower case, ASCII values. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface GetOptions {
  /** `bytes` from `offset`; to the end where `length` is left out. */
  readonly range?: { readonly offset: number; readonly length?: number };
  /** Refused (412) when the object has another ETag. */
  readonly ifMatch?: string;
  readonly versionId?: string;
  readonly signal?: AbortSignal;
}

export interface RawRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD';
  readonly bucket?: string;
  readonly key?: string;
  /** Encoded, without `?`. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** How long the connection may be silent. @default requestTimeoutMs */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface S3Client {
  readonly endpoint: string;
  /** The same connections, with errors as they are meant for sources (MILL_SOURCE_*). */
  forSources(): S3Client;
  bucketExists(bucket: string): Promise<boolean>;
  /** A bucket that is there already, and ours, is no error. */
  makeBucket(bucket: string): Promise<void>;
  /** It must be empty. */
  removeBucket(bucket: string): Promise<void>;
  /** A buffer goes in one request, a stream in parts. */
  put(bucket: string, key: string, body: Uint8Array | Readable, options?: PutOptions): Promise<Uploaded>;
  /** Whole, and tried again if it breaks off. */
  read(bucket: string, key: string, options?: GetOptions): Promise<Buffer>;
  /** The same, with what the answer says of the object. */
  fetch(bucket: string, key: string, options?: GetOptions): Promise<{ readonly bytes: Buffer; readonly stat: ObjectStat }>;
  /** As it comes; an error of the stream has our codes too. */
  get(bucket: string, key: string, options?: GetOptions): Promise<{ readonly body: Readable; readonly stat: ObjectStat }>;
  stream(bucket: string, key: string, options?: GetOptions): Promise<Readable>;
  stat(bucket: string, key: string): Promise<ObjectStat>;
  /** In the order of their keys' bytes. */
  list(bucket: string, options?: { readonly prefix?: string; readonly startAfter?: string }): AsyncIterable<ListedObject>;
  /** Keys that are missing are no error. */
  remove(bucket: string, keys: readonly string[]): Promise<void>;
  /** An address that needs no keys until it expires; it begins with `publicEndpoint`. */
  presignGet(bucket: string, key: string, expiresInSeconds: number): Promise<string>;
  /** A signed request of any kind, not repeated; rejects for what is no success. */
  request(raw: RawRequest): Promise<IncomingMessage>;
  /** Closes idle connections. */
  close(): void;
}
