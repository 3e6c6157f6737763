/** Elasticsearch itself finds its disk too full, and makes every index read-only; with room again it lifts that by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../faults/world.ts';
import type { World } from '../world.ts';
import type { Scenario } from './index.ts';

const DISK = 'cluster.routing.allocation.disk';

async function setRoom({ elasticsearch }: World, wanted: string): Promise<void> {
  const persistent = { 'cluster.info.update.interval': '10s', [`${DISK}.threshold_enabled`]: true, [`${DISK}.watermark.low`]: wanted, [`${DISK}.watermark.high`]: wanted, [`${DISK}.watermark.flood_stage`]: wanted };
  const response = await fetch(`${elasticsearch.url}/_cluster/settings`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ persistent }) });
  if (!response.ok) throw new Error(await response.text());
}

async function isReadOnly({ elasticsearch, indexPrefix }: World): Promise<boolean> {
  const response = await fetch(`${elasticsearch.url}/${indexPrefix}-*/_settings/index.blocks.*?flat_settings=true`);
  return JSON.stringify(await response.json()).includes('"index.blocks.read_only_allow_delete":"true"');
}

export const fullDisk: Scenario = {
  name: 'the disk of Elasticsearch is full, and has room again',
  documents: 20,
  photographs: 4,
  submits: true,
  async begin(world) {
    await setRoom(world, '1000000gb');
    await eventually('Elasticsearch makes its indexes read-only', () => isReadOnly(world), 60_000);
  },
  told: /read-only|read_only/i,
  async end(world) {
    await sleep(world.outageMs);
    await setRoom(world, '1mb');
    await eventually('Elasticsearch takes writes again', async () => !(await isReadOnly(world)), 60_000);
  },
};
