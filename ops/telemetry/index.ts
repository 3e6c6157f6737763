/** Telemetry of a process: the OpenTelemetry SDK, and HTTP for metrics, health and readiness. */
export type { Watched } from './health.ts';
export type { TelemetryOptions } from './options.ts';
export { startTelemetry } from './start-telemetry.ts';
export type { Telemetry } from './start-telemetry.ts';
