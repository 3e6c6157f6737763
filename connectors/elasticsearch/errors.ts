/** What an error of the client means to us: wait for the server, correct the configuration, or neither. */
import { errors } from '@elastic/elasticsearch';
import { MillraceError } from '../ports/index.ts';

/** `error` of an answer, or of one item of a bulk answer. */
export interface ElasticsearchFault {
  readonly type?: string | null;
  readonly reason?: string | null;
  readonly caused_by?: ElasticsearchFault | null;
  readonly root_cause?: readonly ElasticsearchFault[];
}

/** The disk is over its flood-stage watermark, or somebody has made the index read-only. */
const BLOCK = 'cluster_block_exception';

/** Of a server that is starting, stopping, full of work or without a master. */
const BUSY = new Set([408, 429, 500, 502, 503, 504]);

/** Of a TLS hand-shake: no waiting heals them. */
const CERTIFICATE_CODES = new Set([
  'CERT_HAS_EXPIRED', 'CERT_SIGNATURE_FAILURE', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export const isBlock = (fault: ElasticsearchFault | undefined): boolean => fault?.type === BLOCK;

/** Whether a status says that the same request may pass later. */
export const isBusy = (status: number): boolean => BUSY.has(status);

/** The innermost cause has what a person needs; where shards failed ("all shards failed"), the root cause. */
export function reasonOfFault(fault: ElasticsearchFault): string {
  const reasons: string[] = [];
  const add = ({ type, reason }: ElasticsearchFault): void => {
    const text = [type, reason].filter((part) => typeof part === 'string' && part !== '').join(': ');
    if (text !== '' && !reasons.includes(text)) reasons.push(text);
  };
  for (let at: ElasticsearchFault | null | undefined = fault; at !== null && at !== undefined; at = at.caused_by) add(at);
  fault.root_cause?.slice(0, 1).forEach(add);
  return reasons.length === 0 ? 'no reason was given' : reasons.join('; ');
}

export const statusOf = (error: unknown): number | undefined => (error instanceof errors.ResponseError ? error.statusCode : undefined);

/** The `error` of an answer; `undefined` where something else answered, a proxy for example. */
export function faultOf(error: unknown): ElasticsearchFault | undefined {
  if (!(error instanceof errors.ResponseError)) return undefined;
  const body: unknown = error.body;
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const fault = body.error;
  if (typeof fault === 'string') return { reason: fault };
  return typeof fault === 'object' && fault !== null ? fault : undefined;
}

/** MILL_INDEX_UNAVAILABLE for what passes, MILL_INDEX_REFUSED for what has to be corrected. */
export function toIndexError(error: unknown, what: string, address: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const fault = faultOf(error);
  const status = statusOf(error);
  const reason = fault !== undefined ? reasonOfFault(fault) : plainReasonOf(error);
  const said = status === undefined ? reason : `status ${status}, ${reason}`;
  if (isBlock(fault)) {
    const hint = 'Free space on the disks of Elasticsearch, or remove the block if somebody has set it; the work goes on by itself when it takes writes again.';
    return new MillraceError('MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${address} blocks ${what}: ${said}`, { cause: error, hint });
  }
  if (error instanceof errors.TimeoutError) return new MillraceError('MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${address} did not answer ${what} in time`, { cause: error });
  if (isOutage(error, status)) return new MillraceError('MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${address} cannot do ${what} now: ${said}`, { cause: error });
  return new MillraceError('MILL_INDEX_REFUSED', `Elasticsearch at ${address} refused ${what}: ${said}`, { cause: error });
}

function isOutage(error: unknown, status: number | undefined): boolean {
  if (status !== undefined) return isBusy(status);
  if (error instanceof errors.ConnectionError) return !CERTIFICATE_CODES.has(codeOf(error.cause) ?? '') && !/certificate/.test(error.message);
  // An answer that is no JSON comes from something that stands before the server.
  return error instanceof errors.NoLivingConnectionsError || error instanceof errors.DeserializationError || error instanceof errors.RequestAbortedError;
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function plainReasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return codeOf(error.cause) ?? codeOf(error) ?? error.name;
}
