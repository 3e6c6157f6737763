import { SCENARIOS } from './scenarios/index.ts';
import { runScenario } from './run-scenario.ts';
import { openWorld, type World } from './world.ts';

/** `npm run test:faults` takes a minute. */
const outageMs = Number(process.env['MILLRACE_TEST_OUTAGE_MS'] ?? 5000);

describe('outages of the servers around the media topology: nothing is lost, nothing comes twice, and status tells', function () {
  this.timeout(900_000);
  // One world for all: what one scenario leaves undone is in the way of the next.
  this.bail(true);
  let world: World;
  before(async () => { world = await openWorld(outageMs); });
  after(() => world.close());

  for (const scenario of SCENARIOS) it(scenario.name, () => runScenario(world, scenario));
});
