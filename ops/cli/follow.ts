/** Follows assets through media.audit until each has come to an end, with a progress bar. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { AuditEvent } from '../../schemas/index.ts';
import type { AuditCursor, Instance, StatusReport } from '../instance/instance.ts';
import type { CommandContext } from './command.ts';
import { startProgress } from './progress.ts';

const POLL_MS = 200;

/** After one of these, nothing more happens to a submission. */
const FINAL: ReadonlySet<AuditEvent['type']> = new Set(['UNCHANGED', 'DUPLICATE', 'REJECTED', 'COMPLETED', 'PARTIAL', 'REMOVED']);

export interface FollowOptions {
  readonly assetIds: readonly string[];
  /** The end of media.audit before the assets were submitted. */
  readonly cursor: AuditCursor;
  readonly label: string;
}

/** The final event of each asset. Resolves when all have one and what they wrote can be found. */
export async function followAssets(instance: Instance, { terminal, signal }: CommandContext, options: FollowOptions): Promise<Map<string, AuditEvent>> {
  const waiting = new Set(options.assetIds);
  const outcome = new Map<string, AuditEvent>();
  const progress = startProgress(terminal, { label: options.label, unit: 'assets' });
  let cursor = options.cursor;
  try {
    for (;;) {
      throwIfInterrupted(signal);
      const { events, next } = await instance.audit(cursor);
      cursor = next;
      for (const event of events) {
        if (!waiting.has(event.assetId) || !FINAL.has(event.type)) continue;
        waiting.delete(event.assetId);
        outcome.set(event.assetId, event);
      }
      const report = await instance.status();
      progress.update(outcome.size, options.assetIds.length, pending(report));
      if (waiting.size === 0) break;
      await sleep(POLL_MS);
    }
    await whenWritten(instance, signal);
  } finally {
    progress.stop();
  }
  return outcome;
}

/** Waits until the index stage has committed all that was in its inputs at this moment. */
async function whenWritten(instance: Instance, signal: AbortSignal): Promise<void> {
  const inputs = (report: StatusReport): StatusReport['stages'][number]['inputs'] => report.stages.find(({ stage }) => stage === 'index')?.inputs ?? [];
  const target = new Map(inputs(await instance.status()).map(({ topic, end }) => [topic, end]));
  for (;;) {
    throwIfInterrupted(signal);
    if (inputs(await instance.status()).every(({ topic, committed }) => committed >= (target.get(topic) ?? 0))) return;
    await sleep(POLL_MS);
  }
}

/** What waits where: `decode 2, vision 14`. */
function pending({ stages }: StatusReport): string {
  return stages.filter(({ lag }) => lag > 0).map(({ stage, lag }) => `${stage} ${lag}`).join(', ');
}

function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) {
    throw new MillraceError('MILL_INTERRUPTED', 'Interrupted; what was submitted is kept.');
  }
}
