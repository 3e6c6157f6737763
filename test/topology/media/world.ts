/**
 * A small world for the media topology: sources that are lines of JSON, and stage functions that find in them what they
 * say. The stage functions are the topology's own seams; everything else in these tests is the real thing.
 */
import { createHash } from 'node:crypto';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { BlobStore, IndexEvent, SearchIndex } from '../../../connectors/ports/index.ts';
import { insightIdOf } from '../../../processors/lineage.ts';
import type { AudioChunk, Frame, Insight, InsightResult, MediaKind, Task, TextOrigin, TextUnit, UnitRef, WorkSegment } from '../../../schemas/index.ts';
import type { DecodeOutput, MediaServices } from '../../../topology/media/index.ts';

/** What is to be found in a segment. */
export interface Found {
  readonly tag?: string;
  readonly words?: string;
}

export interface Content {
  readonly kind: MediaKind;
  /** One a segment; the words are on the screen, spoken or written. */
  readonly segments: readonly Found[];
  /** Distinguishes contents that are otherwise equal. */
  readonly salt?: string;
  /** Probing throws this. */
  readonly fault?: ConstructorParameters<typeof MillraceError>[0];
}

export type Call = 'hash' | 'plan' | 'decode' | 'vision' | 'audio' | 'text' | 'deleteFolder' | 'write';

export class World {
  readonly #sources = new Map<string, string>();
  /** Contents that were ever decoded. */
  readonly #decoded = new Set<string>();
  readonly #index: Pick<SearchIndex, 'write'>;
  readonly #blobs: BlobStore;
  /** What the event index holds, by id. */
  readonly events = new Map<string, IndexEvent>();
  /** Runs before each write of events. */
  beforeEvents: () => Promise<void> = async () => undefined;
  /** Why the event index refuses an event. */
  refuses: (event: IndexEvent) => string | undefined = () => undefined;
  /** What was called, with its subject. */
  readonly calls: { readonly call: Call; readonly subject: string }[] = [];
  /** Runs after the effect of a call, and before the topology hears of it. */
  after: (call: Call, subject: string) => Promise<void> = async () => undefined;
  /** Runs before a call. */
  before: (call: Call, subject: string) => Promise<void> = async () => undefined;

  constructor(index: Pick<SearchIndex, 'write'>, blobs: BlobStore) {
    this.#index = index;
    this.#blobs = blobs;
  }

  set(uri: string, content: Content | null): void {
    if (content === null) this.#sources.delete(uri);
    else this.#sources.set(uri, JSON.stringify(content));
  }

  countOf(call: Call): number {
    return this.calls.filter((each) => each.call === call).length;
  }

  /** Contents that have blobs. */
  async folders(): Promise<string[]> {
    const listed = await Promise.all([...this.#decoded].map(async (folder) => ((await this.#blobs.list(folder)).length > 0 ? [folder] : [])));
    return listed.flat().sort();
  }

  readonly services: Required<MediaServices> = {
    admission: {
      hash: (uri) => this.#call('hash', uri, () => {
        const bytes = this.#read(uri);
        return { contentHash: hashOf(bytes), sizeBytes: bytes.length };
      }),
      plan: (claim) => this.#call('plan', claim.assetId, () => {
        const { kind, segments, fault } = JSON.parse(this.#read(claim.sourceUri)) as Content;
        if (fault !== undefined) throw new MillraceError(fault, 'as the test wants it');
        const timed = kind === 'VIDEO' || kind === 'AUDIO';
        const durationMs = timed ? segments.length * 60_000 : null;
        const { assetId, revision, library, priority, contentHash, sourceUri, fileName, sizeBytes, submittedAtMs } = claim;
        const common = { assetId, revision, library, priority, contentHash, sourceUri, fileName };
        return {
          admitted: {
            ...common, sizeBytes, submittedAtMs, outcome: 'ADMITTED', duplicateOf: null, reason: null, mediaKind: kind, container: kind.toLowerCase(), durationMs,
            width: null, height: null, metadata: [{ namespace: 'container', key: 'title', value: `Title ${fileName}` }], segmentCount: segments.length, admittedAtMs: 0,
          },
          segments: segments.map((_, index): WorkSegment => ({
            ...common, mediaKind: kind, unitId: `segment:${index}`, segmentIndex: index, segmentCount: segments.length,
            startMs: timed ? index * 60_000 : null, endMs: timed ? (index + 1) * 60_000 : null, durationMs,
            hasVideo: kind === 'VIDEO', hasAudio: timed, subtitleStreams: [], frameRate: null, width: null, height: null, sourceIdentity: null,
          })),
        };
      }),
    },
    blobs: { deleteFolder: (folder) => this.#call('deleteFolder', folder, () => this.#blobs.deleteFolder(folder)) },
    decode: {
      run: (segment) => this.#call('decode', `${segment.assetId}/${segment.segmentIndex}`, () => this.#decode(segment)),
      failed: (segment, error) => ({
        frames: [], audioChunks: [], textUnits: [],
        insights: tasksOf(segment).map((task) => failedInsight(segment, task, error)),
      }),
    },
    vision: {
      run: (frame) => this.#call('vision', `${frame.assetId}/${frame.unitId}`, async () => see(frame, await this.#found(frame))),
      failed: (frame, error) => ({ textUnits: [], insights: VISION.map((task) => failedInsight(frame, task, error)) }),
    },
    audio: {
      run: (chunk) => this.#call('audio', `${chunk.assetId}/${chunk.unitId}`, async () => hear(chunk, await this.#found(chunk))),
      failed: (chunk, error) => ({ textUnits: [], insights: AUDIO.map((task) => failedInsight(chunk, task, error)) }),
    },
    text: {
      run: (unit) => this.#call('text', `${unit.assetId}/${unit.unitId}`, () => ({ insights: [embed(unit)] })),
      failed: (unit, error) => ({ insights: [failedInsight(unit, 'TEXT_EMBEDDING', error)] }),
    },
    searchIndex: {
      maxConcurrentWrites: 1,
      write: (operations) => this.#call('write', operations.map(({ type }) => type).join(), () => this.#index.write(operations)),
    },
    eventIndex: {
      writeEvents: async (events) => {
        await this.beforeEvents();
        return events.flatMap((event) => {
          const reason = this.refuses(event);
          if (reason !== undefined) return [{ event, reason }];
          this.events.set(event.id, event);
          return [];
        });
      },
    },
  };

  async #call<T>(call: Call, subject: string, run: () => T | Promise<T>): Promise<T> {
    this.calls.push({ call, subject });
    await this.before(call, subject);
    const result = await run();
    await this.after(call, subject);
    return result;
  }

  #read(uri: string): string {
    const bytes = this.#sources.get(uri);
    if (bytes === undefined) throw new MillraceError('MILL_SOURCE_NOT_FOUND', `There is no ${uri}.`);
    return bytes;
  }

  async #found({ blobKey }: { readonly blobKey: string }): Promise<Found> {
    return JSON.parse((await this.#blobs.get(blobKey)).toString()) as Found;
  }

  async #decode(segment: WorkSegment): Promise<DecodeOutput> {
    const { mediaKind, startMs, endMs, segmentIndex } = segment;
    const found = (JSON.parse(this.#read(segment.sourceUri)) as Content).segments[segmentIndex] ?? {};
    this.#decoded.add(segment.contentHash);
    const blobKey = await this.#blobs.put(segment.contentHash, 'json', Buffer.from(JSON.stringify(found)));
    const common = unitOf(segment);
    const from = startMs ?? 0;
    const frame: Frame = { ...common, unitId: `frame:${from}`, timeMs: startMs, shotStartMs: startMs, shotEndMs: endMs, blobKey, width: 8, height: 8, lineage: 'decode' };
    const chunk: AudioChunk = { ...common, unitId: `audio:${from}`, startMs: from, endMs: endMs ?? 0, blobKey, sampleRateHz: 16_000, lineage: 'decode' };
    const passage: TextUnit = { ...common, ...textOf('DOCUMENT', found.words ?? ''), unitId: `document:${segmentIndex}`, startMs: null, endMs: null, charStart: 0, lineage: 'decode' };
    const frames = mediaKind === 'VIDEO' || mediaKind === 'IMAGE' ? [frame] : [];
    const audioChunks = mediaKind === 'VIDEO' || mediaKind === 'AUDIO' ? [chunk] : [];
    const textUnits = mediaKind === 'TEXT' ? [passage] : [];
    const shots: InsightResult = { type: 'ShotList', shots: [{ startMs: from, endMs: endMs ?? 0, confidence: 1, continuesPrevious: segmentIndex % 2 === 1 }] };
    const inVideo = mediaKind === 'VIDEO' ? frames : [];
    const decoded = insightOf(segment, 'DECODE', null, [
      ...(mediaKind === 'IMAGE' ? spawn(frames, VISION) : []), ...spawn(audioChunks, AUDIO), ...spawn(textUnits, ['TEXT_EMBEDDING']),
    ]);
    return { frames, audioChunks, textUnits, insights: mediaKind === 'VIDEO' ? [decoded, insightOf(segment, 'SHOTS', shots, spawn(inVideo, VISION))] : [decoded] };
  }
}

const VISION: readonly Task[] = ['IMAGE_EMBEDDING', 'TAGS', 'OCR'];
const AUDIO: readonly Task[] = ['VOICE_ACTIVITY', 'SPEECH'];
const tasksOf = ({ mediaKind }: WorkSegment): Task[] => (mediaKind === 'VIDEO' ? ['DECODE', 'SHOTS'] : ['DECODE']);

export const hashOf = (content: Content | string): string =>
  createHash('sha256').update(typeof content === 'string' ? content : JSON.stringify(content)).digest('hex');

type Unit = Pick<Frame, 'assetId' | 'revision' | 'library' | 'priority' | 'contentHash' | 'mediaKind' | 'unitId'>;

const unitOf = ({ assetId, revision, library, priority, contentHash, mediaKind, unitId }: Unit): Unit => ({ assetId, revision, library, priority, contentHash, mediaKind, unitId });
const textOf = (origin: TextOrigin, text: string): Pick<TextUnit, 'origin' | 'text' | 'frameBlobKey' | 'tags'> => ({ origin, text, frameBlobKey: null, tags: [] });
const spawn = (units: readonly Unit[], tasks: readonly Task[]): UnitRef[] => units.map(({ unitId }) => ({ unitId, tasks }));

function insightOf(unit: Unit, task: Task, result: InsightResult | null, spawned: readonly UnitRef[] = [], times: { startMs: number | null; endMs: number | null } = { startMs: null, endMs: null }): Insight {
  const { assetId, revision, unitId } = unit;
  return {
    ...unitOf(unit), ...times, insightId: insightIdOf({ assetId, revision, unitId, task, lineage: task }), task, status: 'OK', reason: null,
    model: { name: task.toLowerCase(), version: '1', digest: 'd' }, lineage: task, confidence: null, computeMs: 1, spawned, result, producedAtMs: 0,
  };
}

function failedInsight(unit: Unit, task: Task, { code, message }: MillraceError): Insight {
  return { ...insightOf(unit, task, null), status: 'FAILED', reason: `${code}: ${message}`, model: null };
}

function see(frame: Frame, { tag = '', words = '' }: Found): { textUnits: TextUnit[]; insights: Insight[] } {
  const times = { startMs: frame.timeMs, endMs: frame.shotEndMs };
  const tags = tag === '' ? [] : [tag];
  const textUnits: TextUnit[] = words === '' ? [] : [{
    ...unitOf(frame), ...textOf('SCREEN', words), ...times, unitId: `screen:${frame.timeMs ?? 0}`, charStart: null, frameBlobKey: frame.blobKey, tags, lineage: 'OCR',
  }];
  return {
    textUnits,
    insights: [
      insightOf(frame, 'IMAGE_EMBEDDING', { type: 'ImageEmbedding', vector: vectorOf(tag), blobKey: frame.blobKey, width: 8, height: 8, tags }, [], times),
      insightOf(frame, 'TAGS', { type: 'TagList', tags: tags.map((label) => ({ label, confidence: 0.5 })) }),
      insightOf(frame, 'OCR', { type: 'ScreenText', lines: [] }, spawn(textUnits, ['TEXT_EMBEDDING'])),
    ],
  };
}

function hear(chunk: AudioChunk, { words = '' }: Found): { textUnits: TextUnit[]; insights: Insight[] } {
  const times = { startMs: chunk.startMs, endMs: chunk.startMs + 5_000 };
  const textUnits: TextUnit[] = words === '' ? [] : [{ ...unitOf(chunk), ...textOf('SPEECH', words), ...times, unitId: `speech:${chunk.startMs}`, charStart: null, lineage: 'SPEECH' }];
  const phrases = words === '' ? [] : [{ ...times, text: words, confidence: null }];
  return {
    textUnits,
    insights: [
      insightOf(chunk, 'VOICE_ACTIVITY', { type: 'VoiceActivity', spans: [] }),
      insightOf(chunk, 'SPEECH', { type: 'Transcript', language: 'en', phrases }, spawn(textUnits, ['TEXT_EMBEDDING'])),
    ],
  };
}

function embed(unit: TextUnit): Insight {
  const { origin, text, charStart, frameBlobKey, tags, startMs, endMs } = unit;
  return insightOf(unit, 'TEXT_EMBEDDING', { type: 'TextEmbedding', vector: vectorOf(text), origin, text, charStart, frameBlobKey, tags }, [], { startMs, endMs });
}

/** A unit vector that depends on the text alone. */
export function vectorOf(text: string): Float32Array {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 8);
  const length = Math.sqrt(bytes.reduce((sum, byte) => sum + byte * byte, 0));
  return Float32Array.from(bytes, (byte) => byte / length);
}

