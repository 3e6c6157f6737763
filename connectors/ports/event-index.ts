/** What dashboards are drawn from: what happened to assets, what could not be processed, and what work cost. */
import type { IndexedMediaKind } from './search-index.ts';

/** A state change of an asset, from media.audit. */
export interface AuditIndexEvent {
  readonly type: 'audit';
  /** The same event has the same id. */
  readonly id: string;
  readonly atMs: number;
  readonly assetId: string;
  readonly revision: number;
  readonly library: string;
  readonly event: string;
  readonly detail: string;
}

/** A dead letter, from media.dlq. */
export interface DeadLetterIndexEvent {
  readonly type: 'dead-letter';
  readonly id: string;
  readonly atMs: number;
  readonly assetId: string | null;
  /** Where it was read: the source topic of the record that failed. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly node: string;
  readonly stage: string;
  readonly code: string;
  readonly message: string;
}

/** One task of one unit of work, from media.insights. */
export interface WorkIndexEvent {
  readonly type: 'work';
  /** The insight's id. */
  readonly id: string;
  readonly atMs: number;
  readonly assetId: string;
  readonly revision: number;
  readonly library: string;
  readonly mediaKind: IndexedMediaKind;
  readonly stage: string;
  /** As in schemas/insight.avsc: DECODE, OCR, … */
  readonly task: string;
  readonly status: 'OK' | 'SKIPPED' | 'FAILED';
  readonly reason: string | null;
  /** name@version, or `null` for work without a model. */
  readonly model: string | null;
  readonly lineage: string;
  readonly confidence: number | null;
  readonly computeMs: number;
  /** Length of the part of the timeline that it is about; `null` where there is none. */
  readonly mediaMs: number | null;
}

export type IndexEvent = AuditIndexEvent | DeadLetterIndexEvent | WorkIndexEvent;

export interface EventIndex {
  /** Idempotent by id. Resolves with those that the index refuses, and why. @throws MillraceError MILL_INDEX_UNAVAILABLE */
  writeEvents(events: readonly IndexEvent[]): Promise<readonly { readonly event: IndexEvent; readonly reason: string }[]>;
}
