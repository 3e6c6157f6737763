/** Builds insights: what every stage that looks at a unit with a model says of it, whatever the outcome. */
import type { MillraceError } from '../connectors/ports/index.ts';
import type { Insight, InsightResult, MediaKind, Priority, Task, UnitRef } from '../schemas/index.ts';
import type { ModelDescription } from './inference/index.ts';
import { insightIdOf, lineageOf } from './lineage.ts';

/** The part of a frame, chunk or text unit that its insights repeat. */
export interface InsightUnit {
  readonly assetId: string;
  readonly revision: number;
  readonly library: string;
  readonly priority: Priority;
  readonly contentHash: string;
  readonly mediaKind: MediaKind;
  readonly unitId: string;
  readonly lineage: string;
}

/** A place on the source's timeline; a photograph or a document has none. */
export interface Place {
  readonly startMs: number | null;
  readonly endMs: number | null;
}

export interface Finding {
  readonly task: Task;
  readonly model: ModelDescription;
  readonly lineage: string;
  readonly result: InsightResult;
  /** @default null */
  readonly confidence?: number | null;
  readonly computeMs: number;
  /** @default none */
  readonly spawned?: readonly UnitRef[];
}

export function found(unit: InsightUnit, place: Place, finding: Finding): Insight {
  const { task, model, lineage, result, confidence = null, computeMs, spawned = [] } = finding;
  const { name, version, digest } = model;
  return { ...common(unit, place, task, lineage), status: 'OK', reason: null, model: { name, version, digest }, confidence, computeMs, spawned, result };
}

/** The model of the task is not installed. */
export function skipped(unit: InsightUnit, place: Place, task: Task, reason: string): Insight {
  return withoutResult(unit, place, task, 'SKIPPED', reason);
}

/** The unit went to the dead-letter queue. */
export function failedInsight(unit: InsightUnit, place: Place, task: Task, error: MillraceError): Insight {
  return withoutResult(unit, place, task, 'FAILED', `${error.code}: ${error.message}`);
}

function withoutResult(unit: InsightUnit, place: Place, task: Task, status: 'SKIPPED' | 'FAILED', reason: string): Insight {
  const lineage = lineageOf({ model: status.toLowerCase(), inputs: [unit.lineage] });
  return { ...common(unit, place, task, lineage), status, reason, model: null, confidence: null, computeMs: 0, spawned: [], result: null };
}

function common(unit: InsightUnit, { startMs, endMs }: Place, task: Task, lineage: string) {
  const { assetId, revision, library, priority, contentHash, mediaKind, unitId } = unit;
  const insightId = insightIdOf({ assetId, revision, unitId, task, lineage });
  return { insightId, assetId, revision, library, priority, contentHash, mediaKind, unitId, task, lineage, startMs, endMs, producedAtMs: Date.now() };
}
