/** `kafka-restore`: from the start until RUNNING, with an empty state directory. Method: README.md. */
import { randomUUID } from 'node:crypto';
import { printResult } from '../harness.ts';
import type { Cluster } from './cluster.ts';
import { ContenderProcess } from './contender-process.ts';
import type { Settings, StoreKind } from './contender.ts';
import { DRIVERS, millrace, streams } from './contenders.ts';
import type { Contender } from './contenders.ts';
import { printMedians, runRounds, valuesOf } from './rounds.ts';
import type { Figures } from './rounds.ts';
import { recordsOf } from './workload.ts';

const NAME = 'kafka-restore';
const INPUT = 'restore-input';
const RATE = 'entries/s';
const STORES: readonly StoreKind[] = ['keyed', 'marks'];

/** Those that restore one changelog. */
interface Application {
  readonly applicationId: string;
  readonly writer: Contender;
  readonly readers: readonly Contender[];
}

export async function restore(cluster: Cluster, entries: number, rounds: number): Promise<void> {
  await cluster.fill(INPUT, recordsOf(INPUT, entries, entries));
  const peer = await streams(100);
  const applications = [{ writer: peer, readers: [peer] }, ...STORES.map(ourStore)].map((of): Application => ({ ...of, applicationId: `${NAME}-${randomUUID().slice(0, 8)}` }));
  for (const application of applications) {
    await cluster.createTopic(`${application.applicationId}-output`);
    await write(cluster, application);
  }

  const results = await runRounds(NAME, rounds, applications.flatMap(({ applicationId, readers }) =>
    readers.map((reader) => ({ name: reader.name, run: () => measure(cluster, reader, applicationId, entries) }))));
  printMedians(NAME, results);
  for (const { readers } of applications.slice(1)) {
    for (const { name } of readers) printResult({ name: `${NAME}-${name.replace('millrace-', '')}-against-kafka-streams`, unit: RATE, rounds }, valuesOf(results, name, RATE), valuesOf(results, peer.name, RATE));
  }
}

/** Written by the quicker driver, restored by both. */
const ourStore = (store: StoreKind): Omit<Application, 'applicationId'> =>
  ({ writer: millrace('platformatic', store), readers: DRIVERS.map((driver) => millrace(driver, store, `millrace-${store}-${driver}`)) });

function settingsOf(cluster: Cluster, mode: Settings['mode'], applicationId: string, stateDirectory: string): Settings {
  return { mode, brokers: cluster.brokers, applicationId, input: INPUT, output: `${applicationId}-output`, guarantee: 'exactly_once', stateDirectory };
}

function write(cluster: Cluster, { applicationId, writer }: Application): Promise<void> {
  return cluster.withDirectory(async (stateDirectory) => {
    const process = new ContenderProcess(writer.command, { ...settingsOf(cluster, 'dedup', applicationId, stateDirectory), ...writer.settings });
    try {
      await process.during(cluster.whenCommitted(writer.groupOf(applicationId), INPUT));
      await process.stop();
    } finally {
      process.kill();
    }
  });
}

function measure(cluster: Cluster, reader: Contender, applicationId: string, entries: number): Promise<Figures> {
  return cluster.withDirectory(async (stateDirectory) => {
    const process = new ContenderProcess(reader.command, { ...settingsOf(cluster, 'restore', applicationId, stateDirectory), ...reader.settings });
    try {
      const starting = await process.when('starting');
      const running = await process.when('running');
      const { entries: restored } = await process.when('counted');
      if (restored !== entries) throw new Error(`${reader.name} restored ${restored} entries of ${entries}`);
      const restoring = process.told('restoring');
      await process.stop();
      return {
        [RATE]: (entries * 1000) / (running.atMs - starting.atMs),
        's to RUNNING': (running.atMs - starting.atMs) / 1000,
        's of it restoring': (running.atMs - (restoring?.atMs ?? running.atMs)) / 1000,
        'CPU s': (running.cpuMs - starting.cpuMs) / 1000,
        'peak MB': running.peakMb,
      };
    } finally {
      process.kill();
    }
  });
}
