/**
 * The verdict: recomputes from the input topic what the output topic must say, and compares.
 *
 * Each output record says the total of an account after one event: count, sum, and the event. So the records of an
 * account are a chain in which each count is one more than the last. A task that went back to an earlier state
 * (at least once, after a crash) shows by a count that goes back: what stood at that count and above was forgotten, and
 * must come again. What the last total contains is therefore known event by event, and not only as a number in which
 * one lost event and one repeated event would cancel out.
 *
 * exactly_once: each account's records are the chain 1..n, without a step back; it contains each distinct event once.
 * at_least_once: steps back and repeated events are allowed and counted; the last total contains every distinct event,
 * and sums up what it contains.
 */
import { accountOf } from './events.ts';
import type { AccountTotal, FaultEvent } from './events.ts';
import type { ProcessingGuarantee } from '../../connectors/ports/index.ts';

export interface InputRecord {
  readonly event: FaultEvent;
}

export interface OutputRecord {
  readonly account: string;
  readonly total: AccountTotal;
}

export interface Verdict {
  readonly inputRecords: number;
  readonly distinctEvents: number;
  readonly outputRecords: number;
  /** Events that the last total of their account does not contain. */
  readonly lost: readonly string[];
  /** Events that a total contains more than once, or that no input record has. */
  readonly duplicated: readonly string[];
  /** How often an account went back to an earlier total. */
  readonly stepsBack: number;
  /** Totals that do not follow from the one before: a sum that is wrong, a count that was skipped. */
  readonly wrong: readonly string[];
  /** What breaks the guarantee, for people; empty when it was kept. */
  readonly faults: readonly string[];
}

/** Records of each partition in order of their offsets; an account and a user have one partition each. */
export function judge(input: readonly InputRecord[], output: readonly OutputRecord[], guarantee: ProcessingGuarantee): Verdict {
  const events = new Map(input.map(({ event }) => [event.eventId, event]));
  const chains = new Map<string, AccountTotal[]>();
  const wrong: string[] = [];
  let stepsBack = 0;
  for (const { account, total } of output) {
    const chain = chains.get(account) ?? [];
    chains.set(account, chain);
    if (total.count <= chain.length) {
      stepsBack++;
      chain.length = Math.max(0, total.count - 1);
    }
    const before = chain.at(-1);
    const amount = events.get(total.eventId)?.amount ?? Number.NaN;
    if (total.count !== chain.length + 1) wrong.push(`${account}: count ${total.count} follows ${chain.length}`);
    if (total.sum !== (before?.sum ?? 0) + amount) wrong.push(`${account}: sum ${total.sum} at count ${total.count}, ${(before?.sum ?? 0) + amount} is right`);
    chain.push(total);
  }
  const seen = new Map<string, number>();
  for (const [account, chain] of chains) {
    for (const { eventId } of chain) {
      const event = events.get(eventId);
      if (event === undefined || accountOf(event.user) !== account) wrong.push(`${account}: ${eventId} is no event of it`);
      seen.set(eventId, (seen.get(eventId) ?? 0) + 1);
    }
  }
  const lost = [...events.keys()].filter((id) => !seen.has(id));
  const duplicated = [...seen].filter(([id, times]) => times > 1 || !events.has(id)).map(([id]) => id);
  const faults = [
    ...summary('lost', lost),
    ...summary('wrong', wrong),
    ...(guarantee === 'exactly_once' ? [...summary('duplicated', duplicated), ...(stepsBack === 0 ? [] : [`${stepsBack} steps back`])] : []),
  ];
  return { inputRecords: input.length, distinctEvents: events.size, outputRecords: output.length, lost, duplicated, stepsBack, wrong, faults };
}

const SHOWN = 5;

const summary = (what: string, of: readonly string[]): string[] =>
  of.length === 0 ? [] : [`${of.length} ${what}: ${of.slice(0, SHOWN).join(', ')}${of.length > SHOWN ? ', …' : ''}`];
