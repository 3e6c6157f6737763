/** The real OpenTelemetry SDK, exporting to memory. */
import { context, metrics, trace } from '@opentelemetry/api';
import type { Attributes, Link } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { AlwaysOnSampler, BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan, Sampler } from '@opentelemetry/sdk-trace-base';

export interface TracesInMemory {
  /** Ended spans, in the order in which they ended. */
  readonly spans: () => readonly ReadableSpan[];
  /** The only one of the name. */
  readonly span: (name: string) => ReadableSpan;
  readonly close: () => Promise<void>;
}

export function collectTraces(sampler: Sampler = new AlwaysOnSampler()): TracesInMemory {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    spans: () => exporter.getFinishedSpans(),
    span(name) {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name);
      if (found.length !== 1) throw new Error(`${found.length} spans are named ${name}; there are ${exporter.getFinishedSpans().map((span) => span.name).join(', ')}`);
      return found[0] as ReadableSpan;
    },
    async close() {
      trace.disable();
      context.disable();
      await provider.shutdown();
    },
  };
}

export const idOf = (span: ReadableSpan): string => span.spanContext().spanId;
export const traceIdOf = (span: ReadableSpan): string => span.spanContext().traceId;
export const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;
export const linked = (span: ReadableSpan): string[] => span.links.map(({ context: { spanId } }: Link) => spanId);
export const traceparentOf = (span: ReadableSpan): string => `00-${traceIdOf(span)}-${idOf(span)}-01`;

export interface MetricsInMemory {
  /** Value of the series that has these attributes among its own; a histogram's is its count. */
  value(name: string, attributes?: Attributes): Promise<number | undefined>;
  names(): Promise<readonly string[]>;
  close(): Promise<void>;
}

interface Point {
  readonly attributes: Attributes;
  readonly value: unknown;
}

export function collectMetrics(): MetricsInMemory {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  const collect = async (): Promise<readonly { readonly name: string; readonly points: readonly Point[] }[]> => {
    exporter.reset();
    await reader.forceFlush();
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics).flatMap((scope) => scope.metrics)
      .map(({ descriptor, dataPoints }) => ({ name: descriptor.name, points: dataPoints }));
  };
  return {
    async value(name, wanted = {}) {
      const points = (await collect()).filter((metric) => metric.name === name).flatMap((metric) => metric.points)
        .filter(({ attributes }) => Object.entries(wanted).every(([key, value]) => attributes[key] === value));
      if (points.length > 1) throw new Error(`${points.length} series of ${name} match`);
      const value = points[0]?.value;
      return typeof value === 'object' && value !== null && 'count' in value ? Number(value.count) : value as number | undefined;
    },
    names: async () => (await collect()).map(({ name }) => name),
    async close() {
      metrics.disable();
      await provider.shutdown();
    },
  };
}
