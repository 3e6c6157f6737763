/** One scenario from its first file to its last check. */
import { expect } from 'chai';
import { eventually } from '../faults/world.ts';
import { writeBatch } from './media.ts';
import type { Scenario } from './scenarios/index.ts';
import { verifyAllIsThere } from './verify.ts';
import type { World } from './world.ts';

const TELL_WITHIN_MS = 60_000;

export async function runScenario(world: World, scenario: Scenario): Promise<void> {
  const { name, documents, photographs, submits, told } = scenario;
  const slug = name.replaceAll(/[^a-z]+/gi, '-');
  const auditFrom = await world.instance.auditEnd();
  const produce = async (part: string): ReturnType<typeof writeBatch> => {
    const batch = await writeBatch(world.folder, `${slug}-${part}`, { documents, photographs });
    const produced = await world.cli('produce', batch.folder);
    expect(produced.code, produced.stderr).to.equal(0);
    return batch;
  };
  const batches = [await produce('before')];
  await scenario.begin(world);
  if (submits) batches.push(await produce('meanwhile'));
  if (told !== null) {
    let said = '';
    await eventually('status tells the truth', async () => {
      const { stdout, stderr } = await world.cli('status');
      said = stdout + stderr;
      return told.test(said);
    }, TELL_WITHIN_MS, () => said);
  }
  await scenario.end(world);
  batches.push(await produce('after'));
  await verifyAllIsThere(world, batches, auditFrom);
  const after = await world.cli('status');
  expect(after.code, after.stderr).to.equal(0);
  expect(after.stdout, 'status after it').to.not.match(/\bdown\b|waiting:/);
}
