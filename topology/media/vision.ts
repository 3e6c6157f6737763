/** Stage vision: media.frames -> media.insights (IMAGE_EMBEDDING, TAGS, OCR), media.text (what is on the screen). */
import { stringSerde } from '../dsl/index.ts';
import { required } from './services.ts';
import { writeFindings } from './stage.ts';
import type { StageParts } from './stage.ts';
import { TOPICS } from './topics.ts';

export function addVision(parts: StageParts): void {
  const { builder, services, options, serdes } = parts;
  const vision = required(services, 'vision', 'vision');
  const seen = builder
    .stream(TOPICS.frames, { key: stringSerde, value: serdes.frame, name: 'vision' })
    .enrich((frame, _key, { signal }) => vision.run(frame, { signal }), {
      name: 'vision-see',
      concurrency: options.concurrency.vision,
      ordering: 'none',
      timeoutMs: options.timeoutsMs.vision,
      retry: options.retry,
      recover: (error, frame) => vision.failed(frame, error),
    });
  writeFindings('vision', seen, parts);
}
