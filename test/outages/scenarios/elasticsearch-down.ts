import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from './index.ts';

export const elasticsearchDown: Scenario = {
  name: 'Elasticsearch is killed, and comes back',
  documents: 20,
  photographs: 4,
  submits: true,
  begin: ({ elasticsearch }) => elasticsearch.kill(),
  told: /Elasticsearch\s+\S+\s+down/,
  async end({ elasticsearch, outageMs }) {
    await sleep(outageMs);
    await elasticsearch.start();
  },
};
