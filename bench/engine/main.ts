/**
 * What the engine costs a record on the embedded profile, against a bare loop on the same log. Method: README.md.
 *
 *   node --import tsx bench/engine/main.ts [--rounds N]
 *
 * MILLRACE_BENCH_RECORDS sets how many records there are (300,000).
 */
import type { LogDriver } from '../../connectors/ports/index.ts';
import { median, roundsFromArgs, runBenchmark } from '../harness.ts';
import * as bare from './bare-loop.ts';
import * as engine from './engine.ts';
import { measure, workload } from './workload.ts';
import type { Workload } from './workload.ts';

type Run = (driver: LogDriver) => Promise<void>;

const rounds = roundsFromArgs();
const records = Number(process.env['MILLRACE_BENCH_RECORDS'] ?? 300_000);

async function compare(name: string, load: Workload, ours: Run, peer: Run): Promise<void> {
  const timed = (run: Run, cpu: number[]) => async (): Promise<number> => {
    const { recordsPerSecond, cpuMicrosPerRecord } = await measure(load, run);
    cpu.push(cpuMicrosPerRecord);
    return recordsPerSecond;
  };
  const ownCpu: number[] = [];
  const peerCpu: number[] = [];
  await runBenchmark({ name, unit: 'records/s', rounds, ours: timed(ours, ownCpu), peer: timed(peer, peerCpu) });
  process.stderr.write(`${name} CPU a record: ours ${median(ownCpu).toFixed(2)}, peer ${median(peerCpu).toFixed(2)} microseconds\n`);
}

await compare('engine-pass-through', workload(records, 1), engine.passThrough, bare.passThrough);
await compare('engine-dedup', workload(records, 0.8), engine.deduplicate, bare.deduplicate);
