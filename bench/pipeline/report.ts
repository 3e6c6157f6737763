/** The table: what the bare work cost, and where the processor time of the real run went. */
import { median } from '../harness.ts';
import { ACCOUNTS, CORES } from './accounts.ts';
import type { Account, Balance } from './accounts.ts';
import type { ModelCosts } from './bare-models.ts';

export interface RealRun {
  readonly wallSeconds: number;
  readonly balance: Balance;
  /** Idle cores in each stretch of the run. */
  readonly idle: readonly number[];
}

/** Seconds of processor time. */
export interface BareCost {
  readonly ffmpeg: number;
  readonly models: ModelCosts;
  readonly bulkHelper: number;
  readonly bulkServer: number;
}

const NOT_OURS: readonly Account[] = ['the bench', 'others', 'idle'];

const total = ({ ffmpeg, models, bulkHelper, bulkServer }: BareCost): number => ffmpeg + sum(Object.values(models)) + bulkHelper + bulkServer;
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
/** What the pipeline and its servers used. */
const used = ({ balance }: RealRun): number => sum(ACCOUNTS.filter((account) => !NOT_OURS.includes(account)).map((account) => balance[account]));
const line = (name: string, seconds: number, of: number): string => `  ${name.padEnd(24)} ${seconds.toFixed(2).padStart(8)} s ${(100 * seconds / of).toFixed(1).padStart(6)} %\n`;

const NOTHING: BareCost = { ffmpeg: 0, models: {}, bulkHelper: 0, bulkServer: 0 };

export class Report {
  readonly #mediaSeconds: number;
  readonly #real: RealRun[] = [];
  readonly #bare: BareCost[] = [];

  constructor(mediaSeconds: number) {
    this.#mediaSeconds = mediaSeconds;
  }

  /** @returns a line about the round */
  add(real: RealRun, bare: BareCost): string {
    this.#real.push(real);
    this.#bare.push(bare);
    const ideal = total(bare) / CORES;
    return `round ${this.#real.length}: ${real.wallSeconds.toFixed(1)} s, ideal ${ideal.toFixed(1)} s, ${(100 * ideal / real.wallSeconds).toFixed(1)} %; idle cores ${real.idle.map((cores) => cores.toFixed(1)).join(' ')}`;
  }

  /** Media-seconds a second, as run. */
  get real(): number[] {
    return this.#real.map(({ wallSeconds }) => this.#mediaSeconds / wallSeconds);
  }

  /** The same, if there were nothing but the bare work, spread evenly over all cores. */
  get ideal(): number[] {
    return this.#bare.map((bare) => this.#mediaSeconds / (total(bare) / CORES));
  }

  text(documents: number): string {
    const bare = (of: (cost: BareCost) => number): number => median(this.#bare.map(of));
    const available = CORES * median(this.#real.map(({ wallSeconds }) => wallSeconds));
    const tasks = Object.keys(this.#bare[0]?.models ?? {}) as (keyof ModelCosts)[];
    return [
      `Bare work, processor time (of all that the cores had in the real run, ${available.toFixed(1)} s):\n`,
      line('ffmpeg', bare(({ ffmpeg }) => ffmpeg), available),
      ...tasks.map((task) => line(`onnxruntime ${task}`, bare(({ models }) => models[task] ?? 0), available)),
      line(`bulk helper, ${documents} docs`, bare(({ bulkHelper }) => bulkHelper), available),
      line('bulk, Elasticsearch', bare(({ bulkServer }) => bulkServer), available),
      line('in all', bare(total), available),
      'Real run:\n',
      ...ACCOUNTS.map((account) => line(account, median(this.#real.map(({ balance }) => balance[account])), available)),
      line('all but the last three', median(this.#real.map(used)), available),
      `The bare work is ${(100 * median(this.#real.map((run, round) => total(this.#bare[round] ?? NOTHING) / used(run)))).toFixed(1)} % of that.\n`,
    ].join('');
  }
}
