/**
 * What the topology calls: the stage functions, the blob store and the search index. A stage function is pure of the
 * log: one record in, all that comes of it out. Only the services of the stages that run here are needed.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { BlobStore, EventIndex, SearchIndex } from '../../connectors/ports/index.ts';
import type { AssetAdmitted, AudioChunk, ContentClaim, Frame, Insight, TextUnit, WorkSegment } from '../../schemas/index.ts';
import type { SourceHash } from './registers/index.ts';

export interface StageContext {
  /** Aborts on time-out, and when the task closes. */
  readonly signal: AbortSignal;
}

export interface StageFunction<Input, Output> {
  run(input: Input, context: StageContext): Promise<Output>;
  /** What goes on when `run` failed for good: an insight of status FAILED for each task of the input. */
  failed(input: Input, error: MillraceError): Output;
}

export interface DecodeOutput {
  readonly frames: readonly Frame[];
  readonly audioChunks: readonly AudioChunk[];
  readonly textUnits: readonly TextUnit[];
  readonly insights: readonly Insight[];
}

export interface EnrichOutput {
  /** Text that was found: on the screen, in speech. */
  readonly textUnits: readonly TextUnit[];
  readonly insights: readonly Insight[];
}

export interface AdmissionService {
  /** SHA-256 and size of a source. */
  hash(sourceUri: string, context: StageContext): Promise<SourceHash>;
  /** Probes the source of a claim, reads its metadata and cuts it into segments. */
  plan(claim: ContentClaim, context: StageContext): Promise<{ readonly admitted: AssetAdmitted; readonly segments: readonly WorkSegment[] }>;
}

export interface MediaServices {
  /** For `admit`. */
  readonly admission?: AdmissionService;
  /** For `admit`, which drops the blobs of a content that nothing refers to. */
  readonly blobs?: Pick<BlobStore, 'deleteFolder'>;
  readonly decode?: StageFunction<WorkSegment, DecodeOutput>;
  readonly vision?: StageFunction<Frame, EnrichOutput>;
  readonly audio?: StageFunction<AudioChunk, EnrichOutput>;
  readonly text?: StageFunction<TextUnit, Pick<EnrichOutput, 'insights'>>;
  /** For `index`. */
  readonly searchIndex?: Pick<SearchIndex, 'write' | 'maxConcurrentWrites'>;
  /** For `index`, which writes no events without it. */
  readonly eventIndex?: EventIndex;
}

/** @throws MillraceError MILL_CONFIG_INVALID */
export function required<Name extends keyof MediaServices>(services: MediaServices, name: Name, stage: string): NonNullable<MediaServices[Name]> {
  const service = services[name];
  if (service === undefined) throw new MillraceError('MILL_CONFIG_INVALID', `Stage ${stage} needs services.${name}.`);
  return service;
}
