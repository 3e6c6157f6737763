/** Every scenario of the fault suite, those that bounce the brokers under all of them last. */
import type { Scenario } from '../figures.ts';
import { bounceBrokers } from './bounce-brokers.ts';
import { fullDisk } from './full-disk.ts';
import { killInstancesAtLeastOnce, killInstancesExactlyOnce } from './kill-instances.ts';
import { lostRange } from './lost-range.ts';
import { killedWhileRestoring, stateDirectoryDeleted } from './lost-state.ts';
import { poison } from './poison.ts';
import { scale } from './scale.ts';
import { slowService } from './slow-service.ts';
import { slowStage } from './slow-stage.ts';
import { zombie } from './zombie.ts';

export const SCENARIOS: readonly Scenario[] = [
  killInstancesExactlyOnce,
  killInstancesAtLeastOnce,
  scale,
  killedWhileRestoring,
  stateDirectoryDeleted,
  lostRange,
  zombie,
  poison,
  slowStage,
  slowService,
  fullDisk,
  bounceBrokers,
];
