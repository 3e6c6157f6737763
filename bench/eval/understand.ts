/** Runs the real stages over one file, one after the other and without the log: what the pipeline finds out about it. */
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BlobStore } from '../../connectors/ports/index.ts';
import { admitContent, hashSource } from '../../processors/admission/index.ts';
import { createHearer } from '../../processors/audio/index.ts';
import { createDecoder } from '../../processors/decode/index.ts';
import type { ModelHost } from '../../processors/inference/index.ts';
import { createSeer } from '../../processors/vision/index.ts';
import type { Frame, Insight, InsightResult, Phrase, Shot } from '../../schemas/index.ts';

export interface SeenFrame {
  /** On the source's timeline; `null` for a photograph. */
  readonly timeMs: number | null;
  readonly vector: Float32Array;
  readonly lines: readonly string[];
}

export interface Understanding {
  readonly shots: readonly Shot[];
  readonly frames: readonly SeenFrame[];
  readonly phrases: readonly Phrase[];
}

export type Understand = (path: string) => Promise<Understanding>;

export function createUnderstanding(parts: { readonly blobs: BlobStore; readonly models: ModelHost }): Understand {
  const [decode, seer, hearer] = [createDecoder(parts), createSeer(parts), createHearer(parts)];
  return async (path) => {
    const sourceUri = pathToFileURL(path).href;
    const { contentHash, sizeBytes, sourceIdentity } = await hashSource(sourceUri);
    const { segments } = await admitContent({
      action: 'CLAIM', assetId: basename(path), revision: 1, library: 'default', priority: 'BULK', contentHash, sourceUri, fileName: basename(path), sizeBytes, submittedAtMs: 0, attributes: {}, sourceIdentity,
    });
    const decoded = await Promise.all(segments.map((segment) => decode(segment)));
    const seen = await Promise.all(decoded.flatMap(({ frames }) => frames).map(async (frame) => seenFrame(frame, (await seer.see(frame, unlimited())).insights)));
    const heard = await Promise.all(decoded.flatMap(({ audioChunks }) => audioChunks).map((chunk) => hearer.hear(chunk, unlimited())));
    return {
      shots: decoded.flatMap(({ insights }) => resultOf(insights, 'ShotList')?.shots ?? []),
      frames: seen,
      phrases: heard.flatMap(({ insights }) => resultOf(insights, 'Transcript')?.phrases ?? []).toSorted((a, b) => a.startMs - b.startMs),
    };
  };
}

/** Nothing aborts an evaluation. */
const unlimited = () => ({ signal: new AbortController().signal });

function seenFrame({ timeMs, unitId }: Frame, insights: readonly Insight[]): SeenFrame {
  const vector = resultOf(insights, 'ImageEmbedding')?.vector;
  if (vector === undefined) throw new Error(`no vector was made of ${unitId}`);
  return { timeMs, vector, lines: resultOf(insights, 'ScreenText')?.lines.map(({ text }) => text) ?? [] };
}

function resultOf<T extends InsightResult['type']>(insights: readonly Insight[], type: T): Extract<InsightResult, { type: T }> | undefined {
  const result = insights.find((insight) => insight.result?.type === type)?.result;
  return result as Extract<InsightResult, { type: T }> | undefined;
}
