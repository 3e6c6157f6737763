/**
 * Somebody's ingest pipeline gives documents a field that the mapping does not take: Elasticsearch refuses them one by
 * one. They lie in the dead-letter topic with the reason, and a retry brings them in when the pipeline is gone.
 */
import { expect } from 'chai';
import { eventually } from '../../faults/world.ts';
import { recordsWaiting } from '../../support/instance.ts';
import type { World } from '../world.ts';
import type { Scenario } from './index.ts';

const PIPELINE = 'somebody-elses';

async function put({ elasticsearch }: World, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${elasticsearch.url}/${path}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
}

const useFor = (world: World, pipeline: string | null): Promise<void> => put(world, `${world.indexPrefix}-document*/_settings`, { 'index.final_pipeline': pipeline ?? '_none' });

export const mappingConflict: Scenario = {
  name: 'the mapping does not take what a pipeline adds to documents',
  documents: 10,
  photographs: 0,
  submits: true,
  async begin(world) {
    await put(world, `_ingest/pipeline/${PIPELINE}`, { processors: [{ set: { field: 'startMs', value: 'soon' } }] });
    await useFor(world, PIPELINE);
  },
  told: /dead letters: \d+[\s\S]*MILL_INDEX_REJECTED/,
  async end(world) {
    await eventually('every refused document is a dead letter', async () => recordsWaiting(await world.instance.status()) === 0, 120_000);
    expect(await world.instance.deadLetters(100)).to.have.length.at.least(10);
    for (const { code, message } of await world.instance.deadLetters(100)) {
      expect(code).to.equal('MILL_INDEX_REJECTED');
      expect(message).to.include('startMs');
    }
    await useFor(world, null);
    const retried = await world.cli('dlq', 'retry', '--all');
    expect(retried.code, retried.stderr).to.equal(0);
  },
};
