/** The services of all stages, made of the processors that ship with Millrace. */
import type { BlobStore, SearchIndex, SourceOpeners } from '../../connectors/ports/index.ts';
import { admitContent, hashSource } from '../../processors/admission/index.ts';
import { createHearer } from '../../processors/audio/index.ts';
import { compileMediaLimits, createDecoder, createFfmpeg, failed } from '../../processors/decode/index.ts';
import type { MediaLimitsOptions } from '../../processors/decode/index.ts';
import type { ModelHost } from '../../processors/inference/index.ts';
import { createReader } from '../../processors/text/index.ts';
import { createSeer } from '../../processors/vision/index.ts';
import type { MediaServices } from './services.ts';

export interface MediaServicesOptions {
  readonly blobs: BlobStore;
  readonly models: ModelHost;
  readonly searchIndex: SearchIndex;
  readonly limits?: MediaLimitsOptions;
  /** Also give it to the topology: its time-outs scale with it. @default 60 s */
  readonly segmentMs?: number;
  /** ffmpeg processes at a time. @default the number of cores */
  readonly decoders?: number;
  /** @default file: only */
  readonly sources?: SourceOpeners;
}

export function createMediaServices({ blobs, models, searchIndex, decoders, segmentMs, ...common }: MediaServicesOptions): Required<MediaServices> {
  const limits = compileMediaLimits(common.limits);
  const bound = decoders === undefined ? {} : { concurrency: decoders };
  const from = common.sources === undefined ? {} : { sources: common.sources };
  const ffmpeg = createFfmpeg({ limits, ...bound });
  const decode = createDecoder({ blobs, models, ...common, ...bound });
  const seer = createSeer({ blobs, models });
  const hearer = createHearer({ blobs, models });
  const reader = createReader({ models });
  return {
    blobs,
    searchIndex,
    admission: {
      hash: (sourceUri, { signal }) => hashSource(sourceUri, { signal, maxBytes: limits.maxBytes, ...from }),
      plan: (claim, { signal }) => admitContent(claim, { ffmpeg, signal, ...from, ...(segmentMs === undefined ? {} : { segmentMs }) }),
    },
    decode: { run: decode, failed },
    vision: { run: (frame, context) => seer.see(frame, context), failed: (frame, error) => seer.failed(frame, error) },
    audio: { run: (chunk, context) => hearer.hear(chunk, context), failed: (chunk, error) => hearer.failed(chunk, error) },
    text: { run: (unit, context) => reader.read(unit, context), failed: (unit, error) => reader.failed(unit, error) },
  };
}
