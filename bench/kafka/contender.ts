/**
 * What a contender's process is told, and what it tells: settings come as name=value, events go out as lines of JSON.
 * The Java program (streams-peer) keeps to the same. A contender ends when its standard input ends.
 */
import type { ProcessingGuarantee } from '../../connectors/ports/index.ts';

export type Driver = 'kafkajs' | 'platformatic';

/** `marks`: what `deduplicate` keeps, with a time to live; one changelog record a commit. `keyed`: a plain key-value store; one an entry. */
export type StoreKind = 'marks' | 'keyed';

export interface Settings {
  /** After a restore the entries of the store are counted. */
  readonly mode: 'dedup' | 'restore';
  readonly brokers: string;
  readonly applicationId: string;
  readonly input: string;
  readonly output: string;
  readonly guarantee: ProcessingGuarantee;
  readonly stateDirectory: string;
}

/**
 * `starting`: the program is loaded, and begins. `restoring`: the first store is. `running`: all tasks run. `first`: the
 * first record is being processed.
 */
export type EventName = 'starting' | 'restoring' | 'running' | 'first' | 'counted';

export interface ContenderEvent {
  readonly event: EventName;
  readonly atMs: number;
  /** Of `counted`. */
  readonly entries?: number;
}

export const argumentsOf = (settings: object): string[] => Object.entries(settings).map(([name, value]) => `${name}=${String(value)}`);

/** Of this process. @throws when a setting is missing */
export function ownSettings(): (name: string) => string {
  const settings = new Map(process.argv.slice(2).map((argument) => {
    const at = argument.indexOf('=');
    return [argument.slice(0, at), argument.slice(at + 1)];
  }));
  return (name) => {
    const value = settings.get(name);
    if (value === undefined) throw new Error(`no ${name}=... was given`);
    return value;
  };
}

let running = false;

export function tell(event: EventName, more: { readonly entries?: number } = {}): void {
  running ||= event === 'running';
  process.stdout.write(`${JSON.stringify({ event, atMs: Date.now(), ...more })}\n`);
}

/** To be called first: a program whose input ends before it runs ends at once. */
export const whenInputEnds = (): Promise<void> => new Promise((resolve) => {
  process.stdin.resume().once('end', () => {
    if (!running) process.exit(1);
    resolve();
  });
});
