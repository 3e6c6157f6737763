/**
 * Completeness by counting: `outstanding` is how many (unit, task) pairs are expected and not in. A pair is expected by
 * the plan or by an insight that spawned it, once, however often it is named; it comes in once, however often it is
 * repeated; and either may come first. The plan expects every segment and each insight in expects its children, so
 * nothing outstanding means that nothing is in flight, and a child that came before its parent cannot be forgotten.
 */
import type { AssetAdmitted, Insight, Task, UnitRef } from '../../schemas/index.ts';
import { unitKey } from './entries.ts';
import type { Entries } from './entries.ts';
import type { UnitEntry } from './assembly-state.ts';
import { outcomeOf } from './unit-outcome.ts';

const SEGMENT_TASKS: readonly Task[] = ['DECODE'];
const VIDEO_SEGMENT_TASKS: readonly Task[] = ['DECODE', 'SHOTS'];

/** What the plan of an admitted asset makes assembly wait for. */
export function plannedUnits({ mediaKind, segmentCount }: Pick<AssetAdmitted, 'mediaKind' | 'segmentCount'>): UnitRef[] {
  const tasks = mediaKind === 'VIDEO' ? VIDEO_SEGMENT_TASKS : SEGMENT_TASKS;
  return Array.from({ length: segmentCount }, (_, index) => ({ unitId: `segment:${index}`, tasks }));
}

/** Marks the units as expected and returns how many of them are outstanding that were not before. */
export async function expect(units: Entries<UnitEntry>, assetId: string, revision: number, refs: readonly UnitRef[]): Promise<number> {
  const keys = [...new Set(refs.flatMap(({ unitId, tasks }) => tasks.map((task) => unitKey(assetId, revision, unitId, task))))];
  const entries = await units.getMany(keys);
  let added = 0;
  for (const [index, key] of keys.entries()) {
    const entry = entries[index];
    if (entry?.expected === true) continue;
    units.put(key, { expected: true, outcome: entry?.outcome ?? null });
    if (entry === undefined) added += 1;
  }
  return added;
}

export type Arrival = 'expected' | 'early' | 'repeated' | 'mended';

/** Takes an insight in. A repeat changes nothing, unless the work had failed or was skipped, and has been done since. */
export async function arrive(units: Entries<UnitEntry>, insight: Insight): Promise<Arrival> {
  const key = unitKey(insight.assetId, insight.revision, insight.unitId, insight.task);
  const entry = await units.get(key);
  const mended = entry !== undefined && entry.outcome !== null;
  if (mended && (entry.outcome.status === 'OK' || insight.status !== 'OK')) return 'repeated';
  units.put(key, { expected: mended ? entry.expected : entry !== undefined, outcome: outcomeOf(insight) });
  if (mended) return 'mended';
  return entry === undefined ? 'early' : 'expected';
}
