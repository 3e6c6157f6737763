/** Why a document is partial: every skipped or failed task and every damaged place, the same reason named once. */
import type { UnitOutcome } from './unit-outcome.ts';

/** A film whose every frame fails for its own reason must not make a document of a megabyte. */
const MAX_REASONS = 50;

export class ReasonCounter {
  readonly #counts = new Map<string, number>();

  /** A task that did its work without a remark adds nothing. */
  add(outcome: UnitOutcome): void {
    const reason = reasonOf(outcome);
    if (reason !== null) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  list(): string[] {
    const reasons = [...this.#counts]
      .map(([reason, count]) => (count === 1 ? reason : `${reason} (${count} times)`))
      .sort();
    if (reasons.length <= MAX_REASONS) return reasons;
    return [...reasons.slice(0, MAX_REASONS), `and ${reasons.length - MAX_REASONS} more reasons: see media.insights`];
  }
}

function reasonOf({ task, status, reason }: UnitOutcome): string | null {
  switch (status) {
    case 'SKIPPED': return `${task} skipped: ${reason ?? 'no reason given'}`;
    case 'FAILED': return `${task} failed: ${reason ?? 'no reason given'}`;
    // A decode that went through and still gives a reason met damage on its way.
    case 'OK': return task === 'DECODE' && reason !== null ? `${task} incomplete: ${reason}` : null;
  }
}
