/** `kafka-dedup`: from the first record until the offsets of all are committed. Method: README.md. */
import { randomUUID } from 'node:crypto';
import type { ProcessingGuarantee } from '../../connectors/ports/index.ts';
import { printResult } from '../harness.ts';
import type { Cluster } from './cluster.ts';
import { ContenderProcess } from './contender-process.ts';
import type { Settings } from './contender.ts';
import { DRIVERS, bare, millrace, streams } from './contenders.ts';
import type { Contender } from './contenders.ts';
import { medianOf, printMedians, runRounds, valuesOf } from './rounds.ts';
import type { Figures } from './rounds.ts';
import { recordsOf } from './workload.ts';

const INPUT = 'dedup-input';
const DISTINCT = 0.8;
const RATE = 'records/s';
const GUARANTEES: readonly ProcessingGuarantee[] = ['exactly_once', 'at_least_once'];

export async function dedup(cluster: Cluster, records: number, rounds: number): Promise<void> {
  const expected = Math.round(records * DISTINCT);
  await cluster.fill(INPUT, recordsOf(INPUT, records, expected));
  const peers = [await streams(100), await streams(1000)];
  const contenders = [...DRIVERS.map((driver) => millrace(driver, 'marks')), ...peers, ...DRIVERS.map(bare)];
  // Not counted: the broker is warm then.
  for (const peer of peers) await measure(cluster, peer, 'exactly_once', records, expected);

  for (const guarantee of GUARANTEES) {
    const name = `kafka-dedup-${guarantee.replaceAll('_', '-')}`;
    const results = await runRounds(name, rounds, contenders.map((contender) => ({ name: contender.name, run: () => measure(cluster, contender, guarantee, records, expected) })));
    printMedians(name, results);
    const [first, second] = peers.map((peer) => peer.name) as [string, string];
    const best = medianOf(results, first, RATE) >= medianOf(results, second, RATE) ? first : second;
    for (const driver of DRIVERS) {
      for (const [against, peer] of [['kafka-streams', best], ['bare', `bare-${driver}`]] as const) {
        printResult({ name: `${name}-${driver}-against-${against}`, unit: RATE, rounds }, valuesOf(results, `millrace-${driver}`, RATE), valuesOf(results, peer, RATE));
      }
    }
  }
}

function measure(cluster: Cluster, contender: Contender, guarantee: ProcessingGuarantee, records: number, expected: number): Promise<Figures> {
  return cluster.withDirectory(async (stateDirectory) => {
    const applicationId = `${contender.name}-${randomUUID().slice(0, 8)}`;
    const output = `${applicationId}-output`;
    await cluster.createTopic(output);
    const settings: Settings = { mode: 'dedup', brokers: cluster.brokers, applicationId, input: INPUT, output, guarantee, stateDirectory };
    const process = new ContenderProcess(contender.command, { ...settings, ...contender.settings });
    try {
      const starting = await process.when('starting');
      const first = await process.when('first');
      await process.during(cluster.whenCommitted(contender.groupOf(applicationId), INPUT));
      const end = process.cost();
      await process.stop();
      await checkOutput(cluster, output, expected);
      return {
        [RATE]: (records * 1000) / (end.atMs - first.atMs),
        'CPU s': (end.cpuMs - first.cpuMs) / 1000,
        'peak MB': end.peakMb,
        's to the first record': (first.atMs - starting.atMs) / 1000,
      };
    } finally {
      process.kill();
      await cluster.deleteTopicsOf(applicationId);
    }
  });
}

/** Without a failure both guarantees give the same. */
async function checkOutput(cluster: Cluster, output: string, expected: number): Promise<void> {
  const keys = new Set<string>();
  let written = 0;
  for await (const key of cluster.committedKeys(output)) {
    keys.add(key);
    written++;
  }
  if (keys.size !== expected || written !== expected) throw new Error(`${written} records with ${keys.size} keys came out, and ${expected} of each should have`);
}
