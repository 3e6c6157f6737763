/** Builds insights: what a stage says of one task on one unit, whatever the outcome. */
import type { MillraceError } from '../connectors/ports/index.ts';
import { reasonOf } from '../connectors/ports/index.ts';
import type { Insight, InsightResult, InsightStatus, MediaKind, Priority, Task, UnitRef } from '../schemas/index.ts';
import type { ModelDescription } from './inference/index.ts';
import { insightIdOf, lineageOf } from './lineage.ts';

/** The part of a segment, frame, chunk or text unit that its insights repeat. */
export interface Subject {
  readonly assetId: string;
  readonly revision: number;
  readonly library: string;
  readonly priority: Priority;
  readonly contentHash: string;
  readonly mediaKind: MediaKind;
  readonly unitId: string;
}

/** A unit that a model looks at. */
export interface InsightUnit extends Subject {
  readonly lineage: string;
}

/** A place on the source's timeline; a photograph or a document has none. */
export interface Place {
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** Everything of an insight that is not its subject's. Optional parts are `null`, 0 or empty where they are absent. */
export interface InsightParts {
  readonly task: Task;
  readonly status: InsightStatus;
  readonly lineage: string;
  readonly reason?: string | null;
  readonly model?: ModelDescription;
  readonly result?: InsightResult;
  readonly confidence?: number | null;
  readonly computeMs?: number;
  readonly spawned?: readonly UnitRef[];
}

export function insightOf(subject: Subject, { startMs, endMs }: Place, parts: InsightParts): Insight {
  const { assetId, revision, library, priority, contentHash, mediaKind, unitId } = subject;
  const { task, status, lineage, reason = null, model, result = null, confidence = null, computeMs = 0, spawned = [] } = parts;
  return {
    insightId: insightIdOf({ assetId, revision, unitId, task, lineage }),
    assetId, revision, library, priority, contentHash, mediaKind, unitId, task, status, reason,
    model: model === undefined ? null : { name: model.name, version: model.version, digest: model.digest },
    lineage, startMs, endMs, confidence, computeMs, spawned, result,
    producedAtMs: Date.now(),
  };
}

export interface Finding extends Pick<InsightParts, 'task' | 'lineage' | 'confidence' | 'spawned'> {
  readonly model: ModelDescription;
  readonly result: InsightResult;
  readonly computeMs: number;
}

export function found(unit: Subject, place: Place, finding: Finding): Insight {
  return insightOf(unit, place, { ...finding, status: 'OK' });
}

/** The model of the task is not installed. */
export function skipped(unit: InsightUnit, place: Place, task: Task, reason: string): Insight {
  return withoutResult(unit, place, task, 'SKIPPED', reason);
}

/** The unit went to the dead-letter queue. */
export function failedInsight(unit: InsightUnit, place: Place, task: Task, error: MillraceError): Insight {
  return withoutResult(unit, place, task, 'FAILED', reasonOf(error));
}

function withoutResult(unit: InsightUnit, place: Place, task: Task, status: 'SKIPPED' | 'FAILED', reason: string): Insight {
  return insightOf(unit, place, { task, status, reason, lineage: lineageOf({ model: status.toLowerCase(), inputs: [unit.lineage] }) });
}
