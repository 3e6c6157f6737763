/** Stores, plans and insights for the tests of assembly. */
import { jsonSerde, keyValueStore, stringSerde } from '../../../topology/dsl/index.ts';
import type { KeyValueStore } from '../../../topology/dsl/index.ts';
import { Assembler } from '../../../processors/assembly/index.ts';
import type { AssemblyEffect, AssemblyStores } from '../../../processors/assembly/index.ts';
import { insightIdOf } from '../../../processors/lineage.ts';
import type { AssetAdmitted, AssetDocument, AuditType, ContentClaim, Insight, InsightResult, Task, UnitRef } from '../../../schemas/index.ts';
import { memoryKeyValue, openTaskState } from '../../../state/index.ts';

const STORES = ['assets', 'revisions', 'plans', 'units', 'closed'] as const;

export interface Harness {
  readonly assembler: Assembler;
  readonly effects: AssemblyEffect[];
  feed(input: Input): Promise<void>;
  /** How many entries each store holds. */
  sizes(): Promise<Record<(typeof STORES)[number], number>>;
}

export type Input = { readonly admitted: AssetAdmitted } | { readonly insight: Insight } | { readonly removed: number };

export async function openHarness(): Promise<Harness> {
  const specs = STORES.map((name) => keyValueStore<string, unknown>({ name, key: stringSerde, value: jsonSerde<unknown>() }));
  const state = await openTaskState(memoryKeyValue(), specs);
  const store = (name: string): KeyValueStore<string, unknown> => state.store(name) as KeyValueStore<string, unknown>;
  const stores = Object.fromEntries(STORES.map((name) => [name, store(name)])) as unknown as AssemblyStores;
  const assembler = new Assembler(stores, () => 5_000);
  const effects: AssemblyEffect[] = [];
  return {
    assembler,
    effects,
    async feed(input) {
      if ('admitted' in input) effects.push(...(await assembler.admitted(input.admitted)));
      else if ('insight' in input) effects.push(...(await assembler.insight(input.insight)));
      else effects.push(...(await assembler.removed('film', input.removed, 'home')));
    },
    async sizes() {
      const sizes: Record<string, number> = {};
      for (const name of STORES) {
        sizes[name] = 0;
        for await (const _entry of store(name).all()) sizes[name] += 1;
      }
      return sizes;
    },
  };
}

export const documents = (effects: readonly AssemblyEffect[]): AssetDocument[] => effects.flatMap((effect) => (effect.type === 'document' ? [effect.document] : []));
export const releases = (effects: readonly AssemblyEffect[]): ContentClaim[] => effects.flatMap((effect) => (effect.type === 'release' ? [effect.claim] : []));
export const audits = (effects: readonly AssemblyEffect[]): AuditType[] => effects.flatMap((effect) => (effect.type === 'audit' ? [effect.event.type] : []));

export function admission(overrides: Partial<AssetAdmitted> = {}): AssetAdmitted {
  return {
    assetId: 'film', revision: 1, library: 'home', priority: 'LIVE', contentHash: 'h1', sourceUri: 'file:///film.mp4', fileName: 'film.mp4', sizeBytes: 10,
    outcome: 'ADMITTED', duplicateOf: null, reason: null, mediaKind: 'VIDEO', container: 'mov', durationMs: 120_000, width: 640, height: 360,
    metadata: [{ namespace: 'container', key: 'title', value: 'A film' }], segmentCount: 2, submittedAtMs: 1_000, admittedAtMs: 2_000, ...overrides,
  };
}

export const duplicate = (overrides: Partial<AssetAdmitted> = {}): AssetAdmitted => admission({ outcome: 'DUPLICATE', duplicateOf: 'other', segmentCount: 0, ...overrides });

export function insight(unitId: string, task: Task, overrides: Partial<Insight> = {}): Insight {
  const revision = overrides.revision ?? 1;
  return {
    insightId: insightIdOf({ assetId: 'film', revision, unitId, task, lineage: 'l' }),
    assetId: 'film', revision, library: 'home', priority: 'LIVE', contentHash: `h${revision}`, mediaKind: 'VIDEO', unitId, task, status: 'OK', reason: null,
    model: null, lineage: 'l', startMs: null, endMs: null, confidence: null, computeMs: 0.1, spawned: [], result: null, producedAtMs: 3_000, ...overrides,
  };
}

const model = (name: string): Insight['model'] => ({ name, version: '1', digest: 'd' });
const spawn = (unitId: string, ...tasks: Task[]): UnitRef => ({ unitId, tasks });
const result = (value: InsightResult): Pick<Insight, 'result'> => ({ result: value });

/** A film of two segments, whose second shot crosses the segment border, with speech and text on the screen. */
export function filmInsights(revision = 1): Insight[] {
  const of = (unitId: string, task: Task, overrides: Partial<Insight> = {}): Insight => insight(unitId, task, { revision, ...overrides });
  const frames = [5_000, 40_000, 90_000];
  return [
    of('segment:0', 'DECODE', { computeMs: 700.25, spawned: [spawn('audio:0', 'VOICE_ACTIVITY', 'SPEECH')] }),
    of('segment:1', 'DECODE', { computeMs: 0.7, spawned: [spawn('audio:59000', 'VOICE_ACTIVITY', 'SPEECH')] }),
    of('segment:0', 'SHOTS', {
      model: model('transnet'), spawned: [spawn('frame:5000', 'IMAGE_EMBEDDING', 'TAGS', 'OCR'), spawn('frame:40000', 'IMAGE_EMBEDDING', 'TAGS', 'OCR')],
      ...result({ type: 'ShotList', shots: [{ startMs: 0, endMs: 10_000, confidence: 1, continuesPrevious: false }, { startMs: 10_000, endMs: 60_000, confidence: 0.9, continuesPrevious: false }] }),
    }),
    of('segment:1', 'SHOTS', {
      model: model('transnet'), spawned: [spawn('frame:90000', 'IMAGE_EMBEDDING', 'TAGS', 'OCR')],
      ...result({ type: 'ShotList', shots: [{ startMs: 60_000, endMs: 70_000, confidence: 0, continuesPrevious: true }, { startMs: 70_000, endMs: 120_000, confidence: 0.8, continuesPrevious: false }] }),
    }),
    ...frames.map((timeMs) => of(`frame:${timeMs}`, 'IMAGE_EMBEDDING', { model: model('image-text'), computeMs: 0.3 })),
    of('frame:5000', 'TAGS', result({ type: 'TagList', tags: [{ label: 'dog', confidence: 0.7 }, { label: 'grass', confidence: 0.4 }] })),
    of('frame:40000', 'TAGS', result({ type: 'TagList', tags: [{ label: 'dog', confidence: 0.9 }] })),
    of('frame:90000', 'TAGS', result({ type: 'TagList', tags: [] })),
    of('frame:5000', 'OCR', { spawned: [spawn('screen:5000', 'TEXT_EMBEDDING')], ...result({ type: 'ScreenText', lines: [{ text: 'EXIT', confidence: 1, box: [0, 0, 9, 9] }] }) }),
    of('frame:40000', 'OCR'),
    of('frame:90000', 'OCR'),
    of('screen:5000', 'TEXT_EMBEDDING', { model: model('text') }),
    of('audio:0', 'VOICE_ACTIVITY'),
    of('audio:59000', 'VOICE_ACTIVITY'),
    of('audio:0', 'SPEECH', {
      model: model('whisper'), spawned: [spawn('speech:1000', 'TEXT_EMBEDDING')],
      ...result({ type: 'Transcript', language: 'en', phrases: [{ startMs: 1_000, endMs: 3_000, text: ' Good morning. ', confidence: 0.9 }, { startMs: 3_200, endMs: 4_000, text: 'Sit down.', confidence: null }] }),
    }),
    of('audio:59000', 'SPEECH', {
      model: model('whisper'), spawned: [spawn('speech:60000', 'TEXT_EMBEDDING')],
      ...result({ type: 'Transcript', language: 'en', phrases: [{ startMs: 60_000, endMs: 62_000, text: 'The end.', confidence: 0.9 }] }),
    }),
    of('speech:1000', 'TEXT_EMBEDDING', { model: model('text') }),
    of('speech:60000', 'TEXT_EMBEDDING', { model: model('text') }),
  ];
}

/** Fisher-Yates with a seeded generator (mulberry32): the same seed gives the same order. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const copy = [...items];
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let index = copy.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [copy[index], copy[other]] = [copy[other]!, copy[index]!];
  }
  return copy;
}
