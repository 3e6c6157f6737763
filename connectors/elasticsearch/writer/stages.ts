/**
 * Operations of one call in stages: those of a stage may be done in any order and together, and a stage begins when the
 * one before it is done. An `asset` or a `delete` keeps its place among the operations of its asset. Callers that keep them
 * apart already get one stage.
 */
import type { IndexOperation } from '../../ports/index.ts';

const assetIdOf = (operation: IndexOperation): string => (operation.type === 'delete' ? operation.assetId : operation.document.assetId);

export function stagesOf<Operation extends IndexOperation>(operations: readonly Operation[]): Operation[][] {
  const stages: Operation[][] = [];
  /** Of each asset: the stage of its last operation, and whether that one bars. */
  const last = new Map<string, { readonly stage: number; readonly bars: boolean }>();
  for (const operation of operations) {
    const before = last.get(assetIdOf(operation));
    const bars = operation.type !== 'moment';
    const stage = before === undefined ? 0 : before.stage + (before.bars || bars ? 1 : 0);
    (stages[stage] ??= []).push(operation);
    last.set(assetIdOf(operation), { stage, bars });
  }
  return stages;
}
