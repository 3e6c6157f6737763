/**
 * What becomes of a record that fails, as Kafka Streams' exception handlers say it: one for decoding, one for callbacks
 * and processors, one for the bytes of a sink.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { RecordHeaders } from '../../connectors/ports/index.ts';
import { FatalTaskError } from './failures.ts';

/**
 * `retry`: to the next retry topic, and to the dead-letter topic when there is none (left). `skip`: the record is
 * dropped and counted. `fail`: Streams goes into ERROR, and the record is met again by whoever is started next.
 */
export type ErrorResponse = 'dead-letter' | 'retry' | 'skip' | 'fail';

/** Kafka Streams' ErrorHandlerContext: the source record, and the node that it failed at. */
export interface ErrorHandlerContext {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly node: string;
  readonly headers: RecordHeaders;
  /** How often it has been through a retry topic. */
  readonly attempt: number;
}

/** A function that throws fails Streams, as `fail` does. */
export type ErrorHandler = ErrorResponse | ((error: MillraceError, context: ErrorHandlerContext) => ErrorResponse);

export const ERROR_RESPONSES = ['dead-letter', 'retry', 'skip', 'fail'] as const satisfies readonly ErrorResponse[];

/** What may pass by itself is retried, where there are retry topics. */
export const defaultErrorHandler = (error: MillraceError): ErrorResponse => (error.transient ? 'retry' : 'dead-letter');

export function respondTo(handler: ErrorHandler, error: MillraceError, context: ErrorHandlerContext): ErrorResponse {
  if (typeof handler === 'string') return handler;
  let response: ErrorResponse;
  try {
    response = handler(error, context);
  } catch (failure) {
    throw new FatalTaskError(failure);
  }
  if (ERROR_RESPONSES.includes(response)) return response;
  throw new FatalTaskError(new MillraceError('MILL_CONFIG_INVALID', `An error handler must give one of ${ERROR_RESPONSES.join(', ')}, and gave ${response as string}.`));
}
