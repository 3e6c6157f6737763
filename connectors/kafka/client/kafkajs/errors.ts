/** What kafkajs and the brokers say, as Millrace's errors. */
import { MillraceError, type ErrorCode } from '../../../ports/index.ts';
import { isTlsFailure } from '../tls-failure.ts';

/** What all errors of kafkajs may have; it is not always an instance of its classes that comes out. */
interface Failure {
  readonly name?: unknown;
  readonly message?: unknown;
  /** Kafka's name of the error. */
  readonly type?: unknown;
  /** Kafka's number of the error, or the system's name of a failed connection. */
  readonly code?: unknown;
  readonly retriable?: unknown;
  readonly memberId?: unknown;
  readonly cause?: unknown;
}

/** The error and what it was caused by, outermost first. */
function* chain(error: unknown): Generator<Failure> {
  let current = error;
  for (let depth = 0; depth < 10 && typeof current === 'object' && current !== null; depth += 1) {
    yield current;
    current = (current as Failure).cause;
  }
}

/** Kafka's name of the error, such as NOT_LEADER_FOR_PARTITION. */
export function kafkaErrorType(error: unknown): string | undefined {
  for (const { type } of chain(error)) if (typeof type === 'string') return type;
  return undefined;
}

/** When a new member is told to join again under an id. */
export function memberIdGiven(error: unknown): string | undefined {
  for (const { name, memberId } of chain(error)) if (name === 'KafkaJSMemberIdRequired' && typeof memberId === 'string') return memberId;
  return undefined;
}

const has = (error: unknown, test: (failure: Failure) => boolean): boolean => [...chain(error)].some(test);

/** The way to a broker failed, or it did not answer: whether a request was carried out is unknown. */
export const isConnectionError = (error: unknown): boolean => has(error, ({ name }) =>
  name === 'KafkaJSConnectionError' || name === 'KafkaJSConnectionClosedError' || name === 'KafkaJSRequestTimeoutError' || name === 'KafkaJSLockTimeout');

const AUTH_TYPES: ReadonlySet<unknown> = new Set([
  'SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE', 'TOPIC_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'SECURITY_DISABLED',
]);

export const isAuthError = (error: unknown): boolean =>
  has(error, (failure) => failure.name === 'KafkaJSSASLAuthenticationError' || AUTH_TYPES.has(failure.type) || isTlsFailure(failure.code));

export const isTooLarge = (error: unknown): boolean => {
  const type = kafkaErrorType(error);
  return type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE';
};

/** Kafka's number for PRODUCER_FENCED, which kafkajs does not know by name. */
const PRODUCER_FENCED = /error code 90\b/;
const FENCED_TYPES: ReadonlySet<unknown> = new Set(['INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE', 'FENCED_INSTANCE_ID']);

/** Another producer of the transactional id was opened, or the coordinator has ended the transaction for its age. */
export const isFenced = (error: unknown): boolean =>
  has(error, ({ type, message }) => FENCED_TYPES.has(type) || (typeof message === 'string' && PRODUCER_FENCED.test(message)));

/** Kafka's own clients give up on these; here the producer is opened anew and the records are sent again. */
const OF_SEQUENCE: ReadonlySet<unknown> = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'DUPLICATE_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID']);

const isRetriableType = (error: unknown): boolean => has(error, ({ type, retriable, name }) =>
  (type !== undefined && retriable === true) || OF_SEQUENCE.has(type) || name === 'KafkaJSMetadataNotLoaded' || name === 'KafkaJSTopicMetadataNotLoaded'
  || name === 'KafkaJSBrokerNotFound' || name === 'KafkaJSGroupCoordinatorNotFound' || name === 'KafkaJSNoBrokerAvailableError');

/** Worth asking again: another node, or later. */
export const isRetriable = (error: unknown): boolean => !isAuthError(error) && !isFenced(error)
  && (error instanceof MillraceError ? error.transient : isConnectionError(error) || isRetriableType(error));

export function errorCodeOf(error: unknown): ErrorCode {
  if (isAuthError(error)) return 'MILL_KAFKA_AUTH';
  if (isTooLarge(error)) return 'MILL_RECORD_TOO_LARGE';
  if (kafkaErrorType(error) === 'INVALID_TRANSACTION_TIMEOUT') return 'MILL_CONFIG_INVALID';
  return isRetriable(error) ? 'MILL_KAFKA_UNAVAILABLE' : 'MILL_KAFKA_FAILED';
}

/** The last word: of the error that began it, as those around it only count the attempts. */
export function messageOf(error: unknown): string {
  const failures = [...chain(error)];
  const typed = failures.find(({ type }) => typeof type === 'string') ?? failures.at(-1);
  const message = typeof typed?.message === 'string' && typed.message !== '' ? typed.message : String(error);
  return typeof typed?.type === 'string' ? `${typed.type}: ${message}` : message;
}

/**
 * @param what what was tried: "Topics cannot be described"
 * @param code where it is known better than the error tells; without it an error that is Millrace's already is passed on
 */
export function kafkaError(error: unknown, what: string, code?: ErrorCode): MillraceError {
  if (error instanceof MillraceError && (code === undefined || code === error.code)) return error;
  return new MillraceError(code ?? errorCodeOf(error), `${what}: ${messageOf(error)}`, { cause: error });
}
