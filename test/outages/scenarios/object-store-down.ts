import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from './index.ts';

export const objectStoreDown: Scenario = {
  name: 'the object store is killed, and comes back',
  documents: 5,
  photographs: 10,
  // Producers put media into it.
  submits: false,
  begin: ({ s3 }) => s3.kill(),
  told: /object store\s+\S+\s+down/,
  async end({ s3, outageMs }) {
    await sleep(outageMs);
    await s3.start();
  },
};
