/**
 * What every benchmark shares: `--rounds N`, a warm-up that is not counted, ours and the peer in turn in every round (so
 * that noise of the machine meets both alike), medians, and one closing JSON line.
 */
import { parseArgs } from 'node:util';

export interface Benchmark {
  readonly name: string;
  /** Of both figures; more is better where it ends in `/s`, less is better elsewhere. */
  readonly unit: string;
  readonly rounds: number;
  /** Each gives one figure in `unit`. */
  readonly ours: () => Promise<number>;
  readonly peer: () => Promise<number>;
}

export interface BenchmarkResult {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  /** Above 1: ours is better. */
  readonly ratio: number;
  readonly unit: string;
  readonly rounds: number;
}

/** `--rounds N` of the command line. */
export function roundsFromArgs(fallback = 5): number {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: String(fallback) } }, allowPositionals: true });
  const rounds = Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError(`--rounds takes a whole number from 1, not "${values.rounds}"`);
  return rounds;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

const rounded = (value: number): number => Number(value.toPrecision(4));

/** Runs the rounds, writes each to stderr, and prints the closing line to stdout. */
export async function runBenchmark({ name, unit, rounds, ours, peer }: Benchmark): Promise<BenchmarkResult> {
  await ours();
  await peer();
  const own: number[] = [];
  const others: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    // The order changes each round, so that neither always runs on a warmer machine.
    if (round % 2 === 1) {
      own.push(await ours());
      others.push(await peer());
    } else {
      others.push(await peer());
      own.push(await ours());
    }
    process.stderr.write(`${name} round ${round}: ours ${rounded(own.at(-1) ?? 0)}, peer ${rounded(others.at(-1) ?? 0)} ${unit}\n`);
  }
  return printResult({ name, unit, rounds }, own, others);
}

/** The closing line, of the figures of all rounds. */
export function printResult({ name, unit, rounds }: Pick<Benchmark, 'name' | 'unit' | 'rounds'>, own: readonly number[], others: readonly number[]): BenchmarkResult {
  const [mine, theirs] = [median(own), median(others)];
  const ratio = unit.endsWith('/s') ? mine / theirs : theirs / mine;
  const result = { name, ours: rounded(mine), peer: rounded(theirs), ratio: rounded(ratio), unit, rounds };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result;
}
