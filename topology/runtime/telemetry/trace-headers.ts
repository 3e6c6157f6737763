/**
 * W3C trace context in the headers of records: `traceparent` and `tracestate`.
 *
 * The engine reads and writes them itself, whatever propagator is registered: a record must find its trace again in a
 * process that another team set up.
 */
import { TraceFlags, createTraceState, isSpanContextValid } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import type { RecordHeaders } from '../../../connectors/ports/index.ts';

const PARENT = 'traceparent';
const STATE = 'tracestate';
const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/** A record, or what a batch of them is made of: its headers, and those that the engine puts in their place. */
export interface Traced {
  readonly headers: RecordHeaders;
  /** `traceparent` and `tracestate` of the span that processed it; `null` where its own headers hold. */
  readonly trace: RecordHeaders | null;
}

export const hasContext = ({ headers, trace }: Traced): boolean => trace !== null || headers[PARENT] !== undefined;

/** `undefined` for a record that carries none, or none that can be read. */
export function contextOf({ headers, trace }: Traced): SpanContext | undefined {
  const carrier = trace ?? headers;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(carrier[PARENT]?.toString('latin1').trim() ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const state = carrier[STATE]?.toString('latin1');
  const spanContext: SpanContext = {
    traceId, spanId, isRemote: true, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

export function traceHeaders({ traceId, spanId, traceFlags, traceState }: SpanContext): RecordHeaders {
  const parent = Buffer.from(`00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`);
  const state = traceState?.serialize() ?? '';
  return state === '' ? { [PARENT]: parent } : { [PARENT]: parent, [STATE]: Buffer.from(state) };
}

/**
 * The trace of a record with headers of its own that was made of one with `former` headers and trace: it goes on,
 * unless the headers start another.
 */
export function traceOfForwarded(headers: RecordHeaders, former: RecordHeaders, trace: RecordHeaders | null): RecordHeaders | null {
  if (headers === former) return trace;
  const own = headers[PARENT];
  if (own !== undefined) return own === former[PARENT] ? trace : null;
  const parent = former[PARENT];
  if (trace !== null || parent === undefined) return trace;
  const state = former[STATE];
  return state === undefined ? { [PARENT]: parent } : { [PARENT]: parent, [STATE]: state };
}

/** Headers of an output. */
export const withTrace = ({ headers, trace }: Traced): RecordHeaders => (trace === null ? headers : { ...headers, ...trace });
