/** From what brokers answer and what sockets report to the errors of Millrace. Nothing else leaves this folder. */
import { MillraceError, type ErrorCode } from '../../../ports/index.ts';
import type { ErrorRules } from '../retry.ts';
import { isTlsFailure } from '../tls-failure.ts';
import { CODE, codeName, isRetriable } from './error-codes.ts';

/** A broker's answer that is an error code. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;

  constructor(what: string, code: number, detail?: string | null) {
    super(`${what}: ${codeName(code)}${detail ? ` (${detail})` : ''}`);
    this.code = code;
  }
}

/** @throws Refusal when the code is one */
export function accept(what: string, code: number, detail?: string | null): void {
  if (code !== CODE.NONE) throw new Refusal(what, code, detail);
}

const MILL_CODES = new Map<number, ErrorCode>([
  // Another producer of the id, or the coordinator has ended its transaction: opening it anew is the cure for each.
  ...[CODE.INVALID_PRODUCER_EPOCH, CODE.PRODUCER_FENCED, CODE.INVALID_TXN_STATE, CODE.INVALID_PRODUCER_ID_MAPPING, CODE.TRANSACTION_COORDINATOR_FENCED,
    CODE.UNKNOWN_MEMBER_ID].map((code) => [code, 'MILL_FENCED'] as const),
  ...[CODE.ILLEGAL_GENERATION, CODE.REBALANCE_IN_PROGRESS].map((code) => [code, 'MILL_REBALANCING'] as const),
  [CODE.INVALID_TRANSACTION_TIMEOUT, 'MILL_CONFIG_INVALID'],
  ...[CODE.MESSAGE_TOO_LARGE, CODE.RECORD_LIST_TOO_LARGE].map((code) => [code, 'MILL_RECORD_TOO_LARGE'] as const),
  ...[CODE.TOPIC_AUTHORIZATION_FAILED, CODE.GROUP_AUTHORIZATION_FAILED, CODE.CLUSTER_AUTHORIZATION_FAILED, CODE.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    CODE.UNSUPPORTED_SASL_MECHANISM, CODE.ILLEGAL_SASL_STATE, CODE.SASL_AUTHENTICATION_FAILED].map((code) => [code, 'MILL_KAFKA_AUTH'] as const),
  // The order of sequences is lost, not the records: a new producer writes them again.
  ...[CODE.OUT_OF_ORDER_SEQUENCE_NUMBER, CODE.DUPLICATE_SEQUENCE_NUMBER, CODE.UNKNOWN_PRODUCER_ID].map((code) => [code, 'MILL_KAFKA_UNAVAILABLE'] as const),
]);

/** Of the library: the login failed, or one side speaks TLS and the other does not. */
const AUTHENTICATION = /^PLT_KFK_(AUTHENTICATION|USER)/;

/** The error and all its causes. */
function chain(error: unknown): Error[] {
  const links: Error[] = [];
  for (let at = error; at instanceof Error; at = at.cause) links.push(at);
  return links;
}

const isAuthentication = (error: unknown): boolean => chain(error).some((link) => 'code' in link && (isTlsFailure(link.code) || AUTHENTICATION.test(String(link.code))));

function codeOf(error: unknown): ErrorCode {
  const own = chain(error).find((link) => link instanceof MillraceError);
  if (own !== undefined) return own.code;
  if (error instanceof Refusal) return MILL_CODES.get(error.code) ?? (isRetriable(error.code) ? 'MILL_KAFKA_UNAVAILABLE' : 'MILL_KAFKA_FAILED');
  return isAuthentication(error) ? 'MILL_KAFKA_AUTH' : 'MILL_KAFKA_UNAVAILABLE';
}

/** Worth another try: the cluster is not ready for the request, or cannot be reached. */
export function isPassing(error: unknown): boolean {
  if (error instanceof MillraceError) return error.code === 'MILL_KAFKA_UNAVAILABLE';
  return error instanceof Refusal ? isRetriable(error.code) : codeOf(error) === 'MILL_KAFKA_UNAVAILABLE';
}

export function toMillraceError(error: unknown, what?: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const reasons = chain(error).map(({ message }) => message.trim());
  return new MillraceError(codeOf(error), [...what === undefined ? [] : [what], ...reasons.length > 0 ? reasons : [String(error)]].join(': '), { cause: error });
}

/** For trying again. */
export const ERROR_RULES = { isPassing, toMillraceError } satisfies ErrorRules;
