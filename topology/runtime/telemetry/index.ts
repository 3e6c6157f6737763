/** Traces and metrics of the engine through @opentelemetry/api, which does nothing until somebody registers an SDK. */
export { observeStreams } from './streams-instruments.ts';
export { TaskTelemetry } from './task-telemetry.ts';
export type { BatchLinks } from './task-tracing.ts';
export { traceOfForwarded, withTrace } from './trace-headers.ts';
export type { Traced } from './trace-headers.ts';
export { runToEnd } from './work-span.ts';
export type { WorkSpan } from './work-span.ts';
