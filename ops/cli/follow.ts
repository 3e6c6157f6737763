/**
 * Follows assets through media.audit until each has come to an end, with a progress bar. The audit says that an asset
 * is done a moment before its document can be found, and UNCHANGED says nothing of work that an earlier, interrupted
 * run left: so an asset counts as done when its document of that revision is in the index.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { AuditEvent } from '../../schemas/index.ts';
import type { AssetSummary, AuditCursor, Instance, StatusReport } from '../instance/instance.ts';
import type { CommandContext } from './command.ts';
import { createProblemNotes } from './problems.ts';
import { startProgress } from './progress.ts';

const POLL_MS = 200;

/** After one of these, admission or assembly does nothing more with a submission. */
const FINAL: ReadonlySet<AuditEvent['type']> = new Set(['UNCHANGED', 'DUPLICATE', 'REJECTED', 'COMPLETED', 'PARTIAL', 'REMOVED']);

export interface FollowOptions {
  readonly assetIds: readonly string[];
  /** The end of media.audit before the assets were submitted. */
  readonly cursor: AuditCursor;
  readonly label: string;
}

/** How an asset ended. */
export interface FollowedAsset {
  readonly event: AuditEvent;
  /** `null` for an asset that was removed. */
  readonly document: AssetSummary | null;
}

/** The end of each asset. Resolves when all have come to it and what they wrote can be found. */
export async function followAssets(instance: Instance, { terminal, signal }: CommandContext, options: FollowOptions): Promise<Map<string, FollowedAsset>> {
  const wanted = new Set(options.assetIds);
  const done = new Map<string, AuditEvent>();
  const written = new Map<string, FollowedAsset>();
  const progress = startProgress(terminal, { label: options.label, unit: 'assets' });
  const noteProblems = createProblemNotes(terminal);
  let cursor = options.cursor;
  try {
    while (written.size < wanted.size) {
      signal.throwIfAborted();
      await unlessDown(async () => {
        const { events, next } = await instance.audit(cursor);
        cursor = next;
        for (const event of events) if (wanted.has(event.assetId) && FINAL.has(event.type)) done.set(event.assetId, event);
        await collectWritten(instance, done, written);
      });
      const report = await instance.status();
      noteProblems(report);
      progress.update(written.size, wanted.size, pending(report));
      if (written.size < wanted.size) await sleep(POLL_MS);
    }
  } finally {
    progress.stop();
  }
  return written;
}

/** A server that does not answer now is asked again; status tells what holds the work up. */
async function unlessDown(look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!(error instanceof MillraceError) || !error.transient) throw error;
  }
}

/** Moves what the index shows from `done` to `written`. */
async function collectWritten(instance: Instance, done: ReadonlyMap<string, AuditEvent>, written: Map<string, FollowedAsset>): Promise<void> {
  const open = [...done.values()].filter(({ assetId }) => !written.has(assetId));
  if (open.length === 0) return;
  const documents = new Map((await instance.assets(open.map(({ assetId }) => assetId))).map((document) => [document.assetId, document]));
  for (const event of open) {
    const document = documents.get(event.assetId);
    const visible = event.type === 'REMOVED' ? document === undefined : document !== undefined && document.revision >= event.revision;
    if (visible) written.set(event.assetId, { event, document: document ?? null });
  }
}

/** What waits where: `decode 2, vision 14`. */
function pending({ stages }: StatusReport): string {
  return (stages ?? []).filter(({ lag }) => lag > 0).map(({ stage, lag }) => `${stage} ${lag}`).join(', ');
}
