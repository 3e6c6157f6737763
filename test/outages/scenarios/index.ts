/** What goes wrong, how it is put right, and what `status` must say meanwhile. */
import type { World } from '../world.ts';
import { elasticsearchDown } from './elasticsearch-down.ts';
import { fullDisk } from './full-disk.ts';
import { halfOpen } from './half-open.ts';
import { kafkaBounced } from './kafka-bounced.ts';
import { mappingConflict } from './mapping-conflict.ts';
import { objectStoreDown } from './object-store-down.ts';
import { oversizedBulk } from './oversized-bulk.ts';
import { registryDown } from './registry-down.ts';

export interface Scenario {
  readonly name: string;
  readonly documents: number;
  readonly photographs: number;
  /** Whether media can be submitted while it lasts. */
  readonly submits: boolean;
  begin(world: World): Promise<void>;
  /** What `millrace status` prints while it lasts; `null` where nothing is to be seen. */
  readonly told: RegExp | null;
  end(world: World): Promise<void>;
}

export const SCENARIOS: readonly Scenario[] = [elasticsearchDown, objectStoreDown, registryDown, kafkaBounced, fullDisk, halfOpen, mappingConflict, oversizedBulk];
