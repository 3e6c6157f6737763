/**
 * The short form of the fault suite: every scenario with each driver, one after the other on one cluster of three
 * brokers. `npm run test:faults` is the long form.
 */
import { DRIVERS } from './app-settings.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { openWorld } from './world.ts';
import type { OpenWorld } from './world.ts';

const ROUNDS = 2;

describe('fault suite', function () {
  this.timeout(240_000);
  let world: OpenWorld;

  before(async () => { world = await openWorld(ROUNDS); });

  after(async () => { await world.close(); });

  for (const driver of DRIVERS) {
    for (const scenario of SCENARIOS) it(`${scenario.name}: ${driver}`, async () => { await scenario.run(world, driver); });
  }
});
