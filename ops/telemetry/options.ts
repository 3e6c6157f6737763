/** Options of `startTelemetry`: validated once, and complete inside. */
import { hostname } from 'node:os';
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';

export interface TelemetryOptions {
  /** Serves /metrics, /health and /ready; 0 takes a free port. @default none */
  readonly metricsPort?: number;
  /** @default '127.0.0.1' */
  readonly metricsHost?: string;
  /** Base URL of an OTLP/HTTP collector: traces go to `<url>/v1/traces`. @default none */
  readonly traceEndpoint?: string;
  /** OpenTelemetry's service.name; OTEL_SERVICE_NAME wins. @default 'millrace' */
  readonly serviceName?: string;
  /** OpenTelemetry's service.instance.id. @default host name and process id */
  readonly instanceId?: string;
  /** Hears what a person should know. @default nobody */
  readonly notice?: (line: string) => void;
}

const schema = z.object({
  metricsPort: z.int().min(0).max(65_535).optional(),
  metricsHost: z.string().min(1).default('127.0.0.1'),
  traceEndpoint: z.url({ protocol: /^https?$/ }).optional(),
  serviceName: z.string().min(1).default('millrace'),
  instanceId: z.string().min(1).default(() => `${hostname()}-${process.pid}`),
});

export type CompiledTelemetryOptions = z.output<typeof schema> & { readonly notice: (line: string) => void };

export function compileTelemetryOptions({ notice = () => undefined, ...rest }: TelemetryOptions): CompiledTelemetryOptions {
  const parsed = schema.safeParse(rest);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of telemetry: ${z.prettifyError(parsed.error)}`);
  return { ...parsed.data, notice };
}
