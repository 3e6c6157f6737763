/** What a scenario measured, and the table of it in docs/reliability.md. */
import { expect } from 'chai';
import type { KafkaDriver } from './app-settings.ts';
import type { Verdict } from './judge.ts';
import type { World } from './world.ts';

export interface Figures {
  /** Faults that struck and were survived. */
  readonly rounds: number;
  readonly verdict: Verdict;
  /** From each fault to a commit of records that were written after it, for every task that it hit. */
  readonly takeoverMs?: readonly number[];
  /** From the first report of a restore to the last, for each fault that made one. */
  readonly restoreMs?: readonly number[];
}

export interface Scenario {
  readonly name: string;
  readonly run: (world: World, driver: KafkaDriver) => Promise<Figures>;
}

export function assertKept({ faults }: Verdict): void {
  expect(faults).to.deep.equal([]);
}

function spread(timesMs: readonly number[] | undefined): string {
  if (timesMs === undefined || timesMs.length === 0) return '';
  const sorted = timesMs.toSorted((a, b) => a - b);
  const seconds = (ms: number | undefined): string => ((ms ?? 0) / 1000).toFixed(1);
  return `${seconds(sorted[Math.floor(sorted.length / 2)])} / ${seconds(sorted.at(-1))}`;
}

export interface Row {
  readonly scenario: string;
  readonly driver: KafkaDriver;
  readonly figures: Figures;
}

/** Markdown. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ scenario, driver, figures: { rounds, verdict, takeoverMs, restoreMs } }) => [
    scenario, driver, rounds, verdict.inputRecords, verdict.distinctEvents, verdict.lost.length, verdict.duplicated.length, spread(takeoverMs), spread(restoreMs),
  ]);
  const head = ['scenario', 'driver', 'rounds', 'records', 'distinct', 'lost', 'duplicated', 'takeover s, median / max', 'restore s, median / max'];
  return [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
