/**
 * What went wrong with a request, and which of our codes it is. A blob and a source differ: the bucket of blobs is
 * configured, so a refusal is the configuration's fault; the bucket of a source stands in the event, so there it is the
 * event's, but for keys that the server does not take at all.
 */
import { MillraceError } from '../../ports/index.ts';
import type { ErrorCode } from '../../ports/index.ts';

/** An answer other than a success. `code` is S3's, such as `NoSuchKey`. */
export class S3Refusal extends Error {
  override readonly name = 'S3Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The connection was silent for too long. */
export class S3Timeout extends Error {
  override readonly name = 'S3Timeout';
}

/** A body ended before its length, or a server said success and sent something else. */
export class S3BrokenAnswer extends Error {
  override readonly name = 'S3BrokenAnswer';
}

export type Purpose = 'blob' | 'source';

/** Said with status 400 by some servers, and worth another try. */
const TRANSIENT_CODES = new Set(['RequestTimeout', 'SlowDown', 'InternalError', 'ServiceUnavailable', 'OperationAborted', 'XMinioServerNotInitialized']);
/** The server does not know these keys, whatever was asked for. (AWS says AuthorizationHeaderMalformed of a bucket in another region.) */
const CREDENTIAL_CODES = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken', 'RequestTimeTooSkewed']);

/** Connection faults, time-outs and answers that say "not now": all that is no plain answer. */
export function isTransient(error: unknown): boolean {
  if (error instanceof MillraceError) return false;
  if (!(error instanceof S3Refusal)) return true;
  return error.status >= 500 && error.status !== 501 || error.status === 429 || error.status === 408 || TRANSIENT_CODES.has(error.code);
}

/** A retry does not help where its certificate, name or protocol is wrong: that is told as it is. */
const MISCONFIGURED = /certificate|CERT_|SSL|ERR_TLS|EPROTO/i;

export function toS3Error(error: unknown, purpose: Purpose, what: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const code = codeOf(error, purpose);
  return new MillraceError(code, `${what} failed: ${describe(error)}`, { cause: error });
}

function codeOf(error: unknown, purpose: Purpose): ErrorCode {
  const unavailable = purpose === 'blob' ? 'MILL_BLOBS_UNAVAILABLE' : 'MILL_SOURCE_UNAVAILABLE';
  if (!(error instanceof S3Refusal)) return isMisconfigured(error) ? 'MILL_BLOBS_REFUSED' : unavailable;
  if (isTransient(error)) return unavailable;
  if (CREDENTIAL_CODES.has(error.code) || error.status === 401) return 'MILL_BLOBS_REFUSED';
  if (purpose === 'source') return error.status === 412 || error.status === 416 ? 'MILL_SOURCE_CHANGED' : 'MILL_SOURCE_NOT_FOUND';
  return error.status === 404 && error.code !== 'NoSuchBucket' ? 'MILL_BLOB_NOT_FOUND' : 'MILL_BLOBS_REFUSED';
}

export const isMisconfigured = (error: unknown): boolean => !(error instanceof S3Refusal) && error instanceof Error && MISCONFIGURED.test(`${'code' in error ? String(error.code) : ''} ${error.message}`);

function describe(error: unknown): string {
  if (error instanceof S3Refusal) return `status ${error.status}, ${error.code === '' ? 'no code' : error.code}${error.message === '' ? '' : ` (${error.message})`}`;
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
