import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from './index.ts';

export const kafkaBounced: Scenario = {
  name: 'the broker is killed, and comes back, twice',
  documents: 20,
  photographs: 4,
  submits: false,
  begin: ({ kafka }) => kafka.broker(1).kill(),
  told: /Kafka\s+\S+\s+down/,
  async end({ kafka, outageMs }) {
    await kafka.broker(1).start();
    await sleep(2000);
    await kafka.broker(1).kill();
    await sleep(outageMs);
    await kafka.broker(1).start();
  },
};
