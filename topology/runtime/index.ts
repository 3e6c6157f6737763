/** Runs a topology over a log. */
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export type { LatencyMetrics } from './latency.ts';
export type { BufferMetrics, NodeMetrics, Outage, StoreMetrics, TaskMetrics, TaskStatus } from './metrics.ts';
export { readErrorHeaders } from './error-headers.ts';
export type { ErrorHandler, ErrorHandlerContext, ErrorResponse } from './error-handlers.ts';
export type { StreamsOptions } from './options.ts';
export { problemsOf } from './problems.ts';
export type { Problem } from './problems.ts';
export { retryRecordOf } from './retry-record.ts';
export type { ResubmissionOptions } from './retry-record.ts';
export type { KeyQueryMetadata, ReadOnlyKeyValueStore, ReadOnlyWindowStore, StoreQueryParameters, StreamsMetadata } from './queries.ts';
export type { RestorationMetrics, StateRestoreListener, StoreRestoration } from './restoration.ts';
export { Streams } from './streams.ts';
export type { StreamsMetrics } from './streams.ts';
export { StreamThreads } from './threads/index.ts';
export type { CreateStreams, StreamThread, StreamThreadContext, StreamThreadsOptions } from './threads/index.ts';
export type { StateListener, StreamsState } from './streams-state.ts';
