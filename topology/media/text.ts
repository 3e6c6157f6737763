/** Stage text: media.text -> media.insights (TEXT_EMBEDDING). */
import { stringSerde } from '../dsl/index.ts';
import { required } from './services.ts';
import { writeInsights } from './stage.ts';
import type { StageParts } from './stage.ts';
import { TOPICS } from './topics.ts';

export function addText(parts: StageParts): void {
  const { builder, services, options, serdes } = parts;
  const text = required(services, 'text', 'text');
  const read = builder
    .stream(TOPICS.text, { key: stringSerde, value: serdes.textUnit, name: 'text' })
    .enrich((unit, _key, { signal }) => text.run(unit, { signal }), {
      name: 'text-read',
      concurrency: options.concurrency.text,
      ordering: 'none',
      timeoutMs: options.timeoutsMs.text,
      retry: options.retry,
      recover: (error, unit) => text.failed(unit, error),
    });
  writeInsights('text', read, parts);
}
