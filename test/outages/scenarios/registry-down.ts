import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from './index.ts';

export const registryDown: Scenario = {
  name: 'the schema registry is out of reach, and comes back',
  documents: 20,
  photographs: 2,
  // Producers ask it for their schema.
  submits: false,
  begin: async ({ proxies }) => { proxies.registry.set('refuse'); },
  told: /registry\s+\S+\s+down/,
  async end({ proxies, outageMs }) {
    await sleep(outageMs);
    proxies.registry.set('pass');
  },
};
