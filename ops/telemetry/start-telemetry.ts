/**
 * Registers the OpenTelemetry SDK in this process, for the engine and for whoever else uses the API, and serves what it
 * collects.
 *
 * ```ts
 * const telemetry = await startTelemetry({ metricsPort: 9464 }); // before Streams start: instruments are bound then
 * const streams = new Streams(topology, options);
 * telemetry.watch(streams);
 * ```
 *
 * A process that brings an SDK of its own needs none of this: the engine uses whatever is registered.
 */
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { MillraceError } from '../../connectors/ports/index.ts';
import { healthOf, readinessOf } from './health.ts';
import type { Watched } from './health.ts';
import { compileTelemetryOptions } from './options.ts';
import type { CompiledTelemetryOptions, TelemetryOptions } from './options.ts';
import { observeProcess } from './process-metrics.ts';
import { serveTelemetry } from './server.ts';
import { openSpanExporter } from './span-export.ts';

export interface Telemetry {
  /** Where /metrics, /health and /ready are; `null` without a port. */
  readonly url: string | null;
  /** Whose state /health and /ready tell. Until then the process counts as being opened. */
  watch(streams: Watched): void;
  /** Sends the spans that wait, and takes everything back. */
  close(): Promise<void>;
}

type Close = () => Promise<void>;

/** A collector that does not answer must not keep a process from ending. */
const FLUSH_TIMEOUT_MS = 3000;

/** @throws MillraceError MILL_PORT_UNAVAILABLE; MILL_CONFIG_INVALID also where an SDK is registered already */
export async function startTelemetry(options: TelemetryOptions = {}): Promise<Telemetry> {
  const compiled = compileTelemetryOptions(options);
  const resource = resourceOf(compiled);
  const closing: Close[] = [];
  let watched: Watched | null = null;
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0)) await step();
  };
  try {
    const url = await serveMetrics(compiled, resource, () => watched, closing);
    if (compiled.traceEndpoint !== undefined) sendTraces({ ...compiled, traceEndpoint: compiled.traceEndpoint }, resource, closing);
    return { url, watch: (streams) => { watched = streams; }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serveMetrics({ metricsPort, metricsHost }: CompiledTelemetryOptions, resource: Resource, watched: () => Watched | null, closing: Close[]): Promise<string | null> {
  if (metricsPort === undefined) return null;
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const server = await serveTelemetry({
    metrics: (request, response) => { exporter.getMetricsRequestHandler(request, response); },
    health: () => healthOf(watched()),
    ready: () => readinessOf(watched()),
  }, { host: metricsHost, port: metricsPort });
  closing.push(() => server.close());
  const provider = new MeterProvider({ resource, readers: [exporter] });
  if (!metrics.setGlobalMeterProvider(provider)) throw registered('metrics');
  const stop = observeProcess(provider.getMeter('millrace'));
  closing.push(async () => {
    stop();
    metrics.disable();
    await provider.shutdown();
  });
  return server.url;
}

function sendTraces({ traceEndpoint, notice }: CompiledTelemetryOptions & { readonly traceEndpoint: string }, resource: Resource, closing: Close[]): void {
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(openSpanExporter(traceEndpoint, notice), { exportTimeoutMillis: FLUSH_TIMEOUT_MS })] });
  if (!trace.setGlobalTracerProvider(provider)) throw registered('traces');
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  closing.push(async () => {
    await provider.shutdown().catch((error: unknown) => { notice(`the last traces were not sent: ${error instanceof Error ? error.message : String(error)}`); });
    trace.disable();
    context.disable();
    propagation.disable();
  });
}

/** What OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say wins. */
function resourceOf({ serviceName, instanceId }: CompiledTelemetryOptions): Resource {
  const own = resourceFromAttributes({
    'service.name': serviceName,
    'service.instance.id': instanceId,
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
  });
  return defaultResource().merge(own).merge(detectResources({ detectors: [envDetector] }));
}

function registered(what: string): MillraceError {
  return new MillraceError('MILL_CONFIG_INVALID', `An OpenTelemetry SDK for ${what} is registered in this process already.`, { hint: 'Leave --metrics-port and OTEL_EXPORTER_OTLP_ENDPOINT out: the engine uses the SDK that is there.' });
}
