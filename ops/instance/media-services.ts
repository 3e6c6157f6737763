/** Joins the media topology's seams to the real processors, and to nothing where a topology is only described. */
import { MillraceError, type BlobStore, type SearchIndex } from '../../connectors/ports/index.ts';
import { admitContent, hashSource } from '../../processors/admission/index.ts';
import { createHearer } from '../../processors/audio/index.ts';
import { createDecoder, failed as failedDecode } from '../../processors/decode/index.ts';
import type { ModelHost } from '../../processors/inference/index.ts';
import { createReader } from '../../processors/text/index.ts';
import { createSeer } from '../../processors/vision/index.ts';
import type { MediaServices, StageFunction } from '../../topology/media/index.ts';

export interface MediaServiceParts {
  readonly blobs: BlobStore;
  readonly models: ModelHost;
  readonly searchIndex: SearchIndex;
}

export function createMediaServices({ blobs, models, searchIndex }: MediaServiceParts): MediaServices {
  const decode = createDecoder({ blobs, models });
  const seer = createSeer({ blobs, models });
  const hearer = createHearer({ blobs, models });
  const reader = createReader({ models });
  return {
    admission: {
      hash: (sourceUri, { signal }) => hashSource(sourceUri, { signal }),
      plan: (claim, { signal }) => admitContent(claim, { signal }),
    },
    blobs,
    decode: { run: (segment, { signal }) => decode(segment, { signal }), failed: failedDecode },
    vision: { run: (frame, context) => seer.see(frame, context), failed: (frame, error) => seer.failed(frame, error) },
    audio: { run: (chunk, context) => hearer.hear(chunk, context), failed: (chunk, error) => hearer.failed(chunk, error) },
    text: { run: (unit, context) => reader.read(unit, context), failed: (unit, error) => reader.failed(unit, error) },
    searchIndex,
  };
}

const never = (): Promise<never> => Promise.reject(new MillraceError('MILL_CLOSED', 'This topology is only described.'));
const inert = { run: never, failed: (_input: unknown, error: MillraceError): never => { throw error; } } satisfies StageFunction<unknown, never>;

/** For `describe()`: has every stage and runs none. */
export const INERT_SERVICES: MediaServices = {
  admission: { hash: never, plan: never },
  blobs: { deleteFolder: never },
  decode: inert, vision: inert, audio: inert, text: inert,
  searchIndex: { write: never },
};
