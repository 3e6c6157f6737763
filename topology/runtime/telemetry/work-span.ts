/** One span of the engine: what runs inside of it, what it gives to the records that it processed, and its end. */
import { SpanStatusCode, context, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import type { RecordHeaders } from '../../../connectors/ports/index.ts';
import { hasContext, traceHeaders } from './trace-headers.ts';
import type { Traced } from './trace-headers.ts';

export class WorkSpan {
  readonly context: Context;
  readonly #span: Span;
  /** One record was worked on, and the span is its. */
  readonly #single: boolean;
  readonly #headers: RecordHeaders | null;
  #ended = false;

  constructor(span: Span, parent: Context, { single }: { readonly single: boolean }) {
    this.#span = span;
    this.#single = single;
    this.#headers = span.isRecording() ? traceHeaders(span.spanContext()) : null;
    this.context = trace.setSpan(parent, span);
  }

  /**
   * The trace of what comes of a record: the span itself, where it was made for this one record or the record had no
   * trace. A record of a larger batch stays in its own trace, which the span links to.
   */
  traceOf(record: Traced): RecordHeaders | null {
    return this.#headers !== null && (this.#single || !hasContext(record)) ? this.#headers : record.trace;
  }

  /** Runs the work as a child: spans that it starts are below this one. */
  run<T>(work: () => T): T {
    return context.with(this.context, work);
  }

  /** Something went wrong, and the work goes on. */
  note(error: unknown): void {
    this.#span.recordException(error instanceof Error ? error : String(error));
  }

  retried(error: Error, attempt: number): void {
    this.#span.addEvent('retry', { 'millrace.attempt': attempt, 'exception.message': error.message });
  }

  set(name: string, value: number | string): void {
    this.#span.setAttribute(name, value);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#span.end();
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.note(error);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    this.#span.setAttribute('error.type', typeof code === 'string' ? code : error instanceof Error ? error.name : '_OTHER');
    this.end();
  }
}

/** Runs work that may wait inside of a span, and ends the span with it, however it ends. */
export function runToEnd(span: WorkSpan, work: () => void | Promise<void>): void | Promise<void> {
  let pending: void | Promise<void>;
  try {
    pending = span.run(work);
  } catch (error) {
    span.fail(error);
    throw error;
  }
  if (pending === undefined) {
    span.end();
    return undefined;
  }
  return pending.then(() => { span.end(); }, (error: unknown) => {
    span.fail(error);
    throw error;
  });
}
