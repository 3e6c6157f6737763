/** Stage audio: media.audio -> media.insights (VOICE_ACTIVITY, SPEECH), media.text (what is said). */
import { stringSerde } from '../dsl/index.ts';
import { required } from './services.ts';
import { writeFindings } from './stage.ts';
import type { StageParts } from './stage.ts';
import { TOPICS } from './topics.ts';

export function addAudio(parts: StageParts): void {
  const { builder, services, options, serdes } = parts;
  const audio = required(services, 'audio', 'audio');
  const heard = builder
    .stream(TOPICS.audio, { key: stringSerde, value: serdes.audioChunk, name: 'audio' })
    .enrich((chunk, _key, { signal }) => audio.run(chunk, { signal }), {
      name: 'audio-hear',
      concurrency: options.concurrency.audio,
      ordering: 'none',
      timeoutMs: options.timeoutsMs.audio,
      retry: options.retry,
      recover: (error, chunk) => audio.failed(chunk, error),
    });
  writeFindings('audio', heard, parts);
}
