/**
 * Our own small view of S3, on minio-js: what the connectors need and no more. Requests are signed by minio-js and sent
 * by transport.ts; what can be repeated is, with full jitter (retry.ts); every failure has one of our codes (failure.ts).
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { Client } from 'minio';
import { MillraceError } from '../../ports/index.ts';
import { S3BrokenAnswer, S3Refusal, toS3Error } from './failure.ts';
import type { Purpose } from './failure.ts';
import { encodeQuery, etagOf, listQuery, parseListPage } from './listing.ts';
import type { ListedObject } from './listing.ts';
import { assertNames } from './names.ts';
import { assertRange, putHeaders, statOf } from './object-headers.ts';
import { compileS3Options } from './options.ts';
import type { CompiledS3Options, S3Options } from './options.ts';
import { withRetries } from './retry.ts';
import type { RetryPolicy } from './retry.ts';
import { createTransport } from './transport.ts';
import type { S3Transport } from './transport.ts';
import type { GetOptions, ObjectStat, PutOptions, RawRequest, S3Client } from './types.ts';
import { PART_BYTES, uploadStream, wasCompleted } from './upload.ts';
import type { Uploaded } from './upload.ts';

const POLICY: RetryPolicy = { attempts: 5, backoffMs: 100, maxBackoffMs: 2_000, timeouts: 2 };
const LIST_PAGE = 1000;
const REMOVE_BATCH = 1000;

class MinioS3Client implements S3Client {
  readonly endpoint: string;
  readonly #minio: Client;
  /** Of the address that links have. */
  readonly #linkSigner: Client;
  readonly #transport: S3Transport;
  readonly #options: CompiledS3Options;
  readonly #purpose: Purpose;

  constructor(minio: Client, linkSigner: Client, transport: S3Transport, options: CompiledS3Options, purpose: Purpose) {
    this.endpoint = options.endpoint;
    this.#minio = minio;
    this.#linkSigner = linkSigner;
    this.#transport = transport;
    this.#options = options;
    this.#purpose = purpose;
  }

  forSources(): S3Client {
    return new MinioS3Client(this.#minio, this.#linkSigner, this.#transport, this.#options, 'source');
  }

  async bucketExists(bucket: string): Promise<boolean> {
    return this.#call(`Asking for bucket ${bucket}`, undefined, async (minio) => {
      try {
        await drain(await this.#send(minio, { method: 'HEAD', bucket }));
        return true;
      } catch (error) {
        if (error instanceof S3Refusal && error.status === 404) return false;
        throw error;
      }
    });
  }

  async makeBucket(bucket: string): Promise<void> {
    await this.#call(`Making bucket ${bucket}`, undefined, async (minio) => {
      assertNames(bucket);
      try {
        await minio.makeBucket(bucket, this.#options.region);
      } catch (error) {
        if (!(error instanceof S3Refusal && error.code === 'BucketAlreadyOwnedByYou')) throw error;
      }
    });
  }

  async removeBucket(bucket: string): Promise<void> {
    await this.#call(`Removing bucket ${bucket}`, undefined, (minio) => minio.removeBucket(bucket));
  }

  async put(bucket: string, key: string, body: Uint8Array | Readable, options: PutOptions = {}): Promise<Uploaded> {
    const headers = putHeaders(options);
    const what = `Storing ${bucket}/${key}`;
    const whole = (bytes: Buffer): Promise<string> => this.#call(what, options.signal, async (minio) => {
      const response = await this.#send(minio, { method: 'PUT', bucket, key, headers, body: bytes });
      await drain(response);
      return etagOf(response.headers.etag);
    });
    if (!(body instanceof Readable)) {
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      return { etag: await whole(bytes), sizeBytes: bytes.length };
    }
    try {
      return await uploadStream(body, {
        whole,
        begin: () => this.#call(what, options.signal, (minio) => minio.initiateNewMultipartUpload(bucket, key, { ...headers })),
        part: (uploadID, partNumber, bytes) => this.#call(what, options.signal, async (minio) => {
          const { etag } = await minio.uploadPart({ bucketName: bucket, objectName: key, uploadID, partNumber, headers: {} }, bytes);
          return etag;
        }),
        complete: (uploadId, parts) => this.#call(what, options.signal, async (minio, attempt) => {
          try {
            return (await minio.completeMultipartUpload(bucket, key, uploadId, [...parts])).etag;
          } catch (error) {
            const { etag } = attempt > 1 && wasCompleted(error) ? await this.stat(bucket, key) : { etag: '' };
            if (etag.endsWith(`-${parts.length}`)) return etag;
            throw error;
          }
        }),
        // Not by the caller's signal: it is aborted just because that was.
        abort: (uploadId) => this.#call(what, undefined, (minio) => minio.abortMultipartUpload(bucket, key, uploadId)),
      });
    } catch (error) {
      throw toS3Error(error, this.#purpose, what);
    }
  }

  async read(bucket: string, key: string, options: GetOptions = {}): Promise<Buffer> {
    return (await this.fetch(bucket, key, options)).bytes;
  }

  async fetch(bucket: string, key: string, options: GetOptions = {}): Promise<{ readonly bytes: Buffer; readonly stat: ObjectStat }> {
    return this.#call(`Reading ${bucket}/${key}`, options.signal, async (minio) => {
      const response = await this.#get(minio, bucket, key, options);
      const bytes = await buffer(response);
      const wanted = Number(response.headers['content-length'] ?? bytes.length);
      if (bytes.length !== wanted) throw new S3BrokenAnswer(`${bytes.length} of ${wanted} bytes came`);
      return { bytes, stat: statOf(response) };
    });
  }

  async stream(bucket: string, key: string, options: GetOptions = {}): Promise<Readable> {
    return (await this.get(bucket, key, options)).body;
  }

  async get(bucket: string, key: string, options: GetOptions = {}): Promise<{ readonly body: Readable; readonly stat: ObjectStat }> {
    const what = `Reading ${bucket}/${key}`;
    const response = await this.#call(what, options.signal, (minio) => this.#get(minio, bucket, key, options));
    return { body: Readable.from(this.#chunks(response, what), { objectMode: false, highWaterMark: 1 << 20 }), stat: statOf(response) };
  }

  async stat(bucket: string, key: string): Promise<ObjectStat> {
    return this.#call(`Asking for ${bucket}/${key}`, undefined, async (minio) => {
      const response = await this.#send(minio, { method: 'HEAD', bucket, key });
      await drain(response);
      return statOf(response);
    });
  }

  async* list(bucket: string, { prefix = '', startAfter }: { readonly prefix?: string; readonly startAfter?: string } = {}): AsyncIterable<ListedObject> {
    let continuation: string | undefined;
    do {
      const query = listQuery(prefix, startAfter, continuation, LIST_PAGE);
      const page = await this.#call(`Listing ${bucket}/${prefix}`, undefined, async (minio) => parseListPage(await text(await this.#send(minio, { method: 'GET', bucket, query }))));
      yield* page.objects;
      continuation = page.next;
    } while (continuation !== undefined);
  }

  async remove(bucket: string, keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += REMOVE_BATCH) {
      const batch = keys.slice(start, start + REMOVE_BATCH);
      await this.#call(`Removing ${batch.length} objects of ${bucket}`, undefined, async (minio) => {
        const refused = (await minio.removeObjects(bucket, batch)).find((entry) => entry?.Error !== undefined && entry.Error.Code !== 'NoSuchKey');
        if (refused?.Error !== undefined) throw new S3Refusal(refused.Error.Code === 'AccessDenied' ? 403 : 500, refused.Error.Code ?? '', refused.Error.Message ?? '');
      });
    }
  }

  async presignGet(bucket: string, key: string, expiresInSeconds: number): Promise<string> {
    return this.#call(`Signing a link to ${bucket}/${key}`, undefined, () => {
      assertNames(bucket, key);
      return this.#linkSigner.presignedGetObject(bucket, key, expiresInSeconds);
    });
  }

  async request(raw: RawRequest): Promise<IncomingMessage> {
    const what = `${raw.method} ${[raw.bucket, raw.key].filter((part) => part !== undefined).join('/')}`;
    try {
      return await this.#send(this.#with(raw.signal, raw.timeoutMs), raw);
    } catch (error) {
      throw toS3Error(error, this.#purpose, what);
    }
  }

  close(): void {
    this.#transport.close();
  }

  /** Repeated while that may help; fails with our codes. */
  async #call<T>(what: string, signal: AbortSignal | undefined, use: (minio: Client, attempt: number) => Promise<T>): Promise<T> {
    const minio = this.#with(signal);
    try {
      return await withRetries(POLICY, signal, (attempt) => use(minio, attempt));
    } catch (error) {
      throw signal?.aborted === true ? abortError(signal, what) : toS3Error(error, this.#purpose, what);
    }
  }

  /** The same minio-js, its requests with this time-out and signal. It reads its transport at each request. */
  #with(signal: AbortSignal | undefined, timeoutMs = this.#options.requestTimeoutMs): Client {
    return Object.create(this.#minio, { transport: { value: this.#transport.requester({ timeoutMs, signal }) } }) as Client;
  }

  async #get(minio: Client, bucket: string, key: string, { range, ifMatch, versionId }: GetOptions): Promise<IncomingMessage> {
    const end = range?.length === undefined ? '' : String(range.offset + range.length - 1);
    const headers = {
      ...(range === undefined ? {} : { range: `bytes=${range.offset}-${end}` }),
      ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    };
    const response = await this.#send(minio, { method: 'GET', bucket, key, headers, ...(versionId === undefined ? {} : { query: `versionId=${encodeQuery(versionId)}` }) });
    if (range !== undefined) assertRange(range, response);
    return response;
  }

  async #send(minio: Client, { method, bucket, key, query, headers, body = '' }: RawRequest): Promise<IncomingMessage> {
    assertNames(bucket, key);
    return minio.makeRequestAsync({
      method,
      ...(bucket === undefined ? {} : { bucketName: bucket }),
      ...(key === undefined ? {} : { objectName: key }),
      ...(query === undefined ? {} : { query }),
      headers: { ...headers },
    }, body, SUCCESSES, this.#options.region);
  }

  async* #chunks(response: IncomingMessage, what: string): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of response) yield chunk as Buffer;
      if (!response.complete) throw new S3BrokenAnswer('The body ended too early');
    } catch (error) {
      throw toS3Error(error, this.#purpose, what);
    } finally {
      response.destroy();
    }
  }
}

/** Which of them it is does not matter: transport.ts has turned everything else into an error. */
const SUCCESSES = [200, 201, 202, 204, 206];

function abortError(signal: AbortSignal, what: string): MillraceError {
  const reason: unknown = signal.reason;
  return reason instanceof MillraceError ? reason : new MillraceError('MILL_CLOSED', `${what} was cancelled`, { cause: reason });
}

/** The rest of the connection's answer, so that it can be used again. */
async function drain(response: IncomingMessage): Promise<void> {
  for await (const _ of response);
}

/** Opens no connection yet. @throws MillraceError MILL_CONFIG_INVALID */
export function openS3Client(options: S3Options): S3Client {
  const compiled = compileS3Options(options);
  const { endpoint, publicEndpoint = endpoint, region, accessKey, secretKey, sessionToken, pathStyle } = compiled;
  const transport = createTransport(compiled);
  const settings = {
    region, accessKey, secretKey, pathStyle,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    // Ours know more kinds of failures, and do not write to the console.
    retryOptions: { disableRetry: true },
  };
  const minio = new Client({ ...addressOf(endpoint), ...settings, partSize: PART_BYTES, transportAgent: transport.agent });
  // It sends nothing: a link is made without a request.
  const linkSigner = publicEndpoint === endpoint ? minio : new Client({ ...addressOf(publicEndpoint), ...settings });
  return new MinioS3Client(minio, linkSigner, transport, compiled, 'blob');
}

function addressOf(endpoint: string): { readonly endPoint: string; readonly port?: number; readonly useSSL: boolean } {
  const { hostname, port, protocol } = new URL(endpoint);
  return { endPoint: hostname.replace(/^\[|\]$/g, ''), ...(port === '' ? {} : { port: Number(port) }), useSSL: protocol === 'https:' };
}
