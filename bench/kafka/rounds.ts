/** Contenders in turn, round after round, and the table of their medians. */
import { loadavg } from 'node:os';
import { median } from '../harness.ts';

/** What is measured of one run, by the heading of its column. */
export type Figures = Readonly<Record<string, number>>;

export interface Entrant {
  readonly name: string;
  readonly run: () => Promise<Figures>;
}

/** Of one entrant: each figure's values, a round each. */
export type Results = ReadonlyMap<string, readonly Figures[]>;

const rounded = (value: number): number => Number(value.toPrecision(4));

/** Each round begins with another entrant, so that none always runs on a warmer machine. */
export async function runRounds(name: string, rounds: number, entrants: readonly Entrant[]): Promise<Results> {
  const results = new Map<string, Figures[]>(entrants.map((entrant) => [entrant.name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < entrants.length; turn++) {
      const entrant = entrants[(round + turn) % entrants.length] as Entrant;
      const load = loadavg()[0] ?? 0;
      const figures = await entrant.run();
      results.get(entrant.name)?.push(figures);
      const shown = Object.entries(figures).map(([figure, value]) => `${figure} ${rounded(value)}`);
      process.stderr.write(`${name} round ${round + 1}: ${entrant.name}: ${shown.join(', ')} (load ${load.toFixed(1)})\n`);
    }
  }
  return results;
}

export const medianOf = (results: Results, entrant: string, figure: string): number => median(valuesOf(results, entrant, figure));

export const valuesOf = (results: Results, entrant: string, figure: string): number[] =>
  (results.get(entrant) ?? []).map((figures) => figures[figure] ?? Number.NaN);

/** A line of JSON for each entrant to stdout, and a table for people to stderr. */
export function printMedians(name: string, results: Results): void {
  const rows = [...results].map(([entrant, runs]) => {
    const medians = Object.fromEntries(Object.keys(runs[0] ?? {}).map((figure) => [figure, rounded(medianOf(results, entrant, figure))]));
    process.stdout.write(`${JSON.stringify({ name, contender: entrant, ...medians, rounds: runs.length })}\n`);
    return [entrant, ...Object.values(medians).map(String)];
  });
  const figures = Object.keys([...results.values()][0]?.[0] ?? {});
  const lines = [[name, ...figures], ['---', ...figures.map(() => '---')], ...rows];
  process.stderr.write(lines.map((cells) => `| ${cells.join(' | ')} |\n`).join(''));
}
