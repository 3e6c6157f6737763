/**
 * Whose processor time it was: once in a while all of /proc is read, and the bench asks afterwards for any span. Children
 * that have ended (ffmpeg) are in the books of their parent.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export const ACCOUNTS = ['millrace', 'inference workers', 'ffmpeg', 'produce', 'Kafka', 'registry', 'object store', 'Elasticsearch', 'the bench', 'others', 'idle'] as const;
export type Account = (typeof ACCOUNTS)[number];
/** Seconds of processor time. */
export type Balance = Readonly<Record<Account, number>>;

/** Whose the children are that end during a round. */
const CHILDREN_OF: Partial<Record<Account, Account>> = { millrace: 'ffmpeg', 'the bench': 'produce' };
/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 1_000;

interface Stat {
  readonly parent: number;
  readonly own: number;
  readonly endedChildren: number;
}

interface Sample {
  readonly atMs: number;
  readonly balance: Balance;
}

export interface KnownProcesses {
  readonly program: number;
  readonly kafka: number;
  readonly elasticsearch: number;
  readonly objectStore: number;
}

export class Accounts {
  readonly #known: KnownProcesses;
  readonly #samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(known: KnownProcesses) {
    this.#known = known;
    this.#timer = setInterval(() => this.#samples.push({ atMs: Date.now(), balance: balanceNow(known) }), SAMPLE_MS);
  }

  /** What was used in the span; all accounts together are all cores for as long as it took. */
  between(fromMs: number, toMs: number): Balance {
    const [before, after] = [this.#at(fromMs), this.#at(toMs)];
    return Object.fromEntries(ACCOUNTS.map((account) => [account, after[account] - before[account]])) as Balance;
  }

  /** What is idle or used by nobody of ours, second by second: where cores wait is seen by it. */
  idleCores(fromMs: number, toMs: number, stepMs: number): number[] {
    return Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, step) => this.between(fromMs + step * stepMs, fromMs + (step + 1) * stepMs).idle / (stepMs / 1_000));
  }

  /** Since the machine started. */
  now(): Balance {
    return balanceNow(this.#known);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #at(atMs: number): Balance {
    const next = Math.max(1, this.#samples.findIndex((sample) => sample.atMs >= atMs));
    const [before, after] = [this.#samples[next - 1], this.#samples[next]];
    if (before === undefined || after === undefined) return balanceNow(this.#known);
    const share = (atMs - before.atMs) / (after.atMs - before.atMs);
    return Object.fromEntries(ACCOUNTS.map((account) => [account, before.balance[account] + share * (after.balance[account] - before.balance[account])])) as Balance;
  }
}

function balanceNow(known: KnownProcesses): Balance {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined;
    if (stat !== undefined) stats.set(Number(name), stat);
  }
  const balance = Object.fromEntries(ACCOUNTS.map((account) => [account, 0])) as Record<Account, number>;
  for (const [pid, { own, endedChildren }] of stats) {
    const account = accountOf(pid, stats, known);
    if (account === undefined) continue;
    balance[account] += own;
    balance[CHILDREN_OF[account] ?? account] += endedChildren;
  }
  const { busy, idle } = readMachine();
  balance.idle = idle;
  balance.others = busy - ACCOUNTS.reduce((sum, account) => sum + (account === 'idle' ? 0 : balance[account]), 0);
  return balance;
}

function accountOf(pid: number, stats: ReadonlyMap<number, Stat>, known: KnownProcesses): Account | undefined {
  if (pid === process.pid) return 'the bench';
  if (pid === known.program) return 'millrace';
  if (pid === known.kafka) return 'Kafka';
  if (pid === known.elasticsearch) return 'Elasticsearch';
  if (pid === known.objectStore) return 'object store';
  const parent = stats.get(pid)?.parent ?? 0;
  if (parent === known.program) return commandOf(pid).includes('worker-main') ? 'inference workers' : 'ffmpeg';
  if (parent === process.pid) {
    const command = commandOf(pid);
    return command.includes('produce') ? 'produce' : /apicurio|registry/i.test(command) ? 'registry' : 'the bench';
  }
  return parent <= 1 ? undefined : accountOf(parent, stats, known);
}

const commands = new Map<number, string>();

function commandOf(pid: number): string {
  try {
    const command = commands.get(pid) ?? readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    // The launcher becomes node later on.
    if (command.includes('worker-main') || command.includes('java')) commands.set(pid, command);
    return command;
  } catch {
    return '';
  }
}

function readStat(pid: string): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program, in brackets, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map((field) => fields[field]);
    return { parent, own: (user + system) / TICKS_PER_SECOND, endedChildren: (endedUser + endedSystem) / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}

function readMachine(): { busy: number; idle: number } {
  const fields = (readFileSync('/proc/stat', 'latin1').split('\n')[0] ?? '').split(/\s+/).slice(1, 9).map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
  return { busy: fields.reduce((sum, seconds) => sum + seconds, 0) - idle, idle };
}

export const CORES = availableParallelism();
