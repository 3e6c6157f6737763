/** The tracer of whoever set up OpenTelemetry in this thread. */
import { trace } from '@opentelemetry/api';
import type { Tracer, TracerProvider } from '@opentelemetry/api';

/** Instrumentation scope of the engine's spans and metrics. */
export const SCOPE = 'millrace';

/** What the API registers for an SDK: tells whether there is one, which nothing else of it does. */
interface Delegating extends TracerProvider {
  getDelegateTracer?(name: string): Tracer | undefined;
}

/** `undefined` while no SDK is registered. Cheap enough to be asked for each batch and call: an SDK may come later. */
export function activeTracer(): Tracer | undefined {
  const provider: Delegating = trace.getTracerProvider();
  return provider.getDelegateTracer === undefined ? provider.getTracer(SCOPE) : provider.getDelegateTracer(SCOPE);
}
