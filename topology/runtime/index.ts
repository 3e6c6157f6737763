/** Runs a topology over a log. */
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export type { BufferMetrics, NodeMetrics, TaskMetrics, TaskStatus } from './metrics.ts';
export type { ErrorHandler, StreamsOptions } from './options.ts';
export { Streams } from './streams.ts';
export type { StreamsMetrics } from './streams.ts';
export type { StateListener, StreamsState } from './streams-state.ts';
