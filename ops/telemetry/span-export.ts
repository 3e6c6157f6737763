/** Sends spans to an OTLP/HTTP collector. A collector that is away costs traces and nothing else, but somebody must hear of it. */
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';

export function openSpanExporter(endpoint: string, notice: (line: string) => void): SpanExporter {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const fails = result.code !== ExportResultCode.SUCCESS;
        if (fails && !failing) notice(`traces cannot be sent to ${endpoint}: ${result.error?.message ?? 'the collector refused them'}; they are dropped until they can`);
        if (!fails && failing) notice(`traces are sent to ${endpoint} again`);
        failing = fails;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
