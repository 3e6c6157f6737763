/** Packets to Elasticsearch and to the object store vanish: connections stay open, and no answer comes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from './index.ts';

export const halfOpen: Scenario = {
  name: 'connections to Elasticsearch and to the object store are half open',
  documents: 10,
  photographs: 5,
  submits: false,
  async begin({ proxies }) {
    proxies.elasticsearch.set('stall');
    proxies.s3.set('stall');
  },
  told: /Elasticsearch\s+\S+\s+down[\s\S]*object store\s+\S+\s+down/,
  async end({ proxies, outageMs }) {
    await sleep(outageMs);
    proxies.elasticsearch.set('pass');
    proxies.s3.set('pass');
  },
};
