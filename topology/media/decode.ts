/**
 * Stage decode: media.work -> media.frames, media.audio, media.text, media.insights (DECODE, SHOTS). Results leave in
 * whatever order they are ready, for assembly takes them in any.
 */
import { stringSerde } from '../dsl/index.ts';
import { required } from './services.ts';
import { writeFindings } from './stage.ts';
import type { StageParts } from './stage.ts';
import { TOPICS } from './topics.ts';

export function addDecode(parts: StageParts): void {
  const { builder, services, options, serdes } = parts;
  const decode = required(services, 'decode', 'decode');
  const decoded = builder
    .stream(TOPICS.work, { key: stringSerde, value: serdes.workSegment, name: 'decode' })
    .enrich((segment, _key, { signal }) => decode.run(segment, { signal }), {
      name: 'decode-segment',
      concurrency: options.concurrency.decode,
      ordering: 'none',
      timeoutMs: options.timeoutsMs.decode,
      retry: options.retry,
      recover: (error, segment) => decode.failed(segment, error),
    });
  writeFindings('decode', decoded, parts);
  decoded
    .flatMap(({ frames }) => frames.map((frame) => ({ key: `${frame.assetId}/${frame.unitId}`, value: frame })), { name: 'decode-key-frames' })
    .to(TOPICS.frames, { key: stringSerde, value: serdes.frame, name: 'decode-frames' });
  decoded
    .flatMap(({ audioChunks }) => audioChunks.map((chunk) => ({ key: `${chunk.assetId}/${chunk.unitId}`, value: chunk })), { name: 'decode-audio-chunks' })
    .to(TOPICS.audio, { key: stringSerde, value: serdes.audioChunk, name: 'decode-audio' });
}
