/** The services of the stages that run here, made of the processors that ship with Millrace. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { BlobStore, EventIndex, SearchIndex, SourceOpeners } from '../../connectors/ports/index.ts';
import { admitContent, hashSource } from '../../processors/admission/index.ts';
import { createHearer } from '../../processors/audio/index.ts';
import { compileMediaLimits, createDecoder, createFfmpeg, failed } from '../../processors/decode/index.ts';
import type { MediaLimitsOptions } from '../../processors/decode/index.ts';
import type { ModelHost } from '../../processors/inference/index.ts';
import { createReader } from '../../processors/text/index.ts';
import { createSeer } from '../../processors/vision/index.ts';
import type { MediaServices } from './services.ts';
import { STAGES } from './stage.ts';
import type { Stage } from './stage.ts';

export interface MediaServicesOptions {
  /** Those that run here. @default all */
  readonly stages?: readonly Stage[];
  /** For admit, decode, vision and audio. */
  readonly blobs?: BlobStore;
  /** For decode, vision, audio and text. */
  readonly models?: ModelHost;
  /** For index. */
  readonly searchIndex?: SearchIndex;
  /** For index. @default no events are written */
  readonly eventIndex?: EventIndex;
  readonly limits?: MediaLimitsOptions;
  /** Also give it to the topology: its time-outs scale with it. @default 60 s */
  readonly segmentMs?: number;
  /** ffmpeg processes at a time. @default the number of cores */
  readonly decoders?: number;
  /** @default file: only */
  readonly sources?: SourceOpeners;
}

type Part = (options: MediaServicesOptions) => MediaServices;

const PARTS: Readonly<Record<Stage, Part>> = {
  admit: ({ blobs, limits: given, decoders, sources, segmentMs }) => {
    const limits = compileMediaLimits(given);
    const from = sources === undefined ? {} : { sources };
    const ffmpeg = createFfmpeg({ limits, ...(decoders === undefined ? {} : { concurrency: decoders }) });
    return {
      blobs: needed(blobs, 'blobs', 'admit'),
      admission: {
        hash: (sourceUri, { signal }) => hashSource(sourceUri, { signal, maxBytes: limits.maxBytes, ...from }),
        plan: (claim, { signal }) => admitContent(claim, { ffmpeg, signal, ...from, ...(segmentMs === undefined ? {} : { segmentMs }) }),
      },
    };
  },
  decode: ({ blobs, models, limits, sources, decoders }) => {
    const run = createDecoder({
      blobs: needed(blobs, 'blobs', 'decode'),
      models: needed(models, 'models', 'decode'),
      ...(limits === undefined ? {} : { limits }),
      ...(sources === undefined ? {} : { sources }),
      ...(decoders === undefined ? {} : { concurrency: decoders }),
    });
    return { decode: { run, failed } };
  },
  vision: ({ blobs, models }) => {
    const seer = createSeer({ blobs: needed(blobs, 'blobs', 'vision'), models: needed(models, 'models', 'vision') });
    return { vision: { run: (frame, context) => seer.see(frame, context), failed: (frame, error) => seer.failed(frame, error) } };
  },
  audio: ({ blobs, models }) => {
    const hearer = createHearer({ blobs: needed(blobs, 'blobs', 'audio'), models: needed(models, 'models', 'audio') });
    return { audio: { run: (chunk, context) => hearer.hear(chunk, context), failed: (chunk, error) => hearer.failed(chunk, error) } };
  },
  text: ({ models }) => {
    const reader = createReader({ models: needed(models, 'models', 'text') });
    return { text: { run: (unit, context) => reader.read(unit, context), failed: (unit, error) => reader.failed(unit, error) } };
  },
  assemble: () => ({}),
  index: ({ searchIndex, eventIndex }) => ({ searchIndex: needed(searchIndex, 'searchIndex', 'index'), ...(eventIndex === undefined ? {} : { eventIndex }) }),
};

/** @throws MillraceError MILL_CONFIG_INVALID where something is missing that one of the stages needs */
export function createMediaServices(options: MediaServicesOptions): MediaServices {
  return (options.stages ?? STAGES).reduce<MediaServices>((services, stage) => ({ ...services, ...PARTS[stage](options) }), {});
}

function needed<T>(value: T | undefined, option: string, stage: Stage): T {
  if (value === undefined) throw new MillraceError('MILL_CONFIG_INVALID', `Stage ${stage} needs the option ${option} of its services.`);
  return value;
}
