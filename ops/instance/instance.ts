/**
 * An instance as the commands see it: in this process (`local.ts`), or the one that owns the data directory, reached
 * over its socket (`remote.ts`). Both give the same answers.
 */
import type { AssetSubmitted, AuditEvent, DeadLetter } from '../../schemas/index.ts';
import type { DeadLetterFilter } from '../dlq/index.ts';
import type { StageProgress } from '../../topology/media/index.ts';

export interface ModelStatus {
  readonly task: string;
  /** name@version, or `null` where none is installed. */
  readonly model: string | null;
  readonly reason: string | null;
}

/** A server of the cluster profile. */
export interface ServerStatus {
  readonly name: 'Kafka' | 'schema registry' | 'Elasticsearch' | 'object store';
  readonly address: string;
  readonly state: 'up' | 'down';
  /** Why it is down; of one that is up, what there is to say. */
  readonly detail: string;
}

/** A figure is `null` where the server that knows it does not answer. */
export interface StatusReport {
  /** Life cycle of the streams, or STOPPED when no instance runs. */
  readonly state: string;
  readonly processId: number | null;
  readonly dataDirectory: string;
  /** Empty in the embedded profile. */
  readonly servers: readonly ServerStatus[];
  readonly assets: { readonly total: number; readonly byState: Readonly<Record<string, number>> } | null;
  readonly moments: number | null;
  readonly stages: readonly StageProgress[] | null;
  readonly deadLetters: number | null;
  /** What holds tasks up now, such as a server that is down or a full disk; they go on by themselves when it is over. */
  readonly problems: readonly string[];
  readonly models: readonly ModelStatus[];
}

/** The newest document of an asset. */
export interface AssetSummary {
  readonly assetId: string;
  readonly fileName: string;
  readonly revision: number;
  readonly state: string;
  readonly reasons: readonly string[];
  /** Length of the timeline; `null` for images and text. */
  readonly durationMs: number | null;
}

/** With the raw record; bytes in base64. */
export interface DeadLetterDetail extends DeadLetter {
  readonly exception: string;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where to read on in each partition of media.audit. */
export type AuditCursor = readonly number[];

export interface Instance {
  /** Appends media events. Resolves when they are stored. */
  submit(events: readonly AssetSubmitted[]): Promise<void>;
  /** Appends tombstones. */
  remove(assetIds: readonly string[]): Promise<void>;
  status(): Promise<StatusReport>;
  /** Documents of those assets that have one. */
  assets(assetIds: readonly string[]): Promise<readonly AssetSummary[]>;
  /** Documents of the library's assets whose source lies under a folder, given as a URI without a slash at its end. */
  assetsUnder(library: string, folderUri: string): Promise<readonly AssetSummary[]>;
  /** The newest open dead letters, newest first. */
  deadLetters(limit: number, filter?: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  /** @throws MillraceError MILL_DEAD_LETTER_UNKNOWN */
  deadLetter(id: string): Promise<DeadLetterDetail>;
  /** Sends open dead letters on to be processed again. @returns how many */
  retryDeadLetters(filter: DeadLetterFilter): Promise<number>;
  /** Gives open dead letters up. @returns how many */
  purgeDeadLetters(filter: DeadLetterFilter): Promise<number>;
  auditEnd(): Promise<AuditCursor>;
  audit(from: AuditCursor): Promise<{ readonly events: readonly AuditEvent[]; readonly next: AuditCursor }>;
  close(): Promise<void>;
}
