/**
 * The state of one task on this machine's disk: one RocksDB, written with the changelog offsets up to which it is
 * complete (checkpoints), so that the two never differ.
 *
 *     s | key of the task's state          c | changelog topic -> next offset to restore (8), as of (8)
 *
 * All of it can be restored from the changelogs: a folder that cannot be read is removed, with a warning.
 */
import { rm } from 'node:fs/promises';
import { MillraceError } from '../../ports/index.ts';
import type { KeyRange, KeyValueEntry, OrderedKeyValue, WriteOp } from '../../ports/index.ts';
import { openRocksKeyValue, prefixEnd, scopeOps, scoped, withPrefix } from '../../../state/index.ts';

const STATE = Buffer.from('s', 'latin1');
const CHECKPOINTS = Buffer.from('c', 'latin1');
const NUMBER_BYTES = 8;
/** Between two looks at whether the caller still waits. */
const LOCK_ATTEMPT_MS = 250;

export interface StateFolderOptions {
  readonly directory: string;
  /** How long the LOCK of another owner is waited for. */
  readonly lockTimeoutMs: number;
  readonly signal: AbortSignal;
}

const isUnreadable = (error: unknown): boolean => error instanceof MillraceError && (error.code === 'MILL_STATE_CORRUPT' || error.code === 'MILL_STATE_BINDING_MISMATCH');

async function openDatabase({ directory, lockTimeoutMs, signal }: StateFolderOptions): Promise<OrderedKeyValue> {
  const deadlineMs = performance.now() + lockTimeoutMs;
  for (;;) {
    try {
      return await openRocksKeyValue({ directory, lockTimeoutMs: Math.floor(Math.max(0, Math.min(LOCK_ATTEMPT_MS, deadlineMs - performance.now()))) });
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'MILL_STATE_LOCKED' || performance.now() >= deadlineMs) throw error;
      if (signal.aborted) throw new MillraceError('MILL_CLOSED', `Nobody waits for ${directory} any more.`);
    }
  }
}

interface Checkpoint {
  readonly offset: number;
  readonly asOfMs: number;
}

async function readCheckpoints(database: OrderedKeyValue): Promise<Map<string, Checkpoint>> {
  const checkpoints = new Map<string, Checkpoint>();
  for await (const [key, value] of database.iterate({ gte: CHECKPOINTS, lt: prefixEnd(CHECKPOINTS) })) {
    if (value.length !== 2 * NUMBER_BYTES) throw new MillraceError('MILL_STATE_CORRUPT', 'It has a checkpoint of another version.');
    checkpoints.set(key.toString('utf8', CHECKPOINTS.length), { offset: Number(value.readBigUInt64BE()), asOfMs: Number(value.readBigUInt64BE(NUMBER_BYTES)) });
  }
  return checkpoints;
}

function checkpointOp(changelog: string, { offset, asOfMs }: Checkpoint): WriteOp {
  const value = Buffer.allocUnsafe(2 * NUMBER_BYTES);
  value.writeBigUInt64BE(BigInt(asOfMs), value.writeBigUInt64BE(BigInt(offset)));
  return { type: 'put', key: withPrefix(CHECKPOINTS, Buffer.from(changelog)), value };
}

export class StateFolder {
  /** The task's own key space. */
  readonly state: OrderedKeyValue;
  readonly #directory: string;
  readonly #database: OrderedKeyValue;
  readonly #checkpoints: Map<string, Checkpoint>;
  #damaged = false;
  #closing: Promise<void> | undefined;

  private constructor(directory: string, database: OrderedKeyValue, checkpoints: Map<string, Checkpoint>) {
    this.#directory = directory;
    this.#database = database;
    this.#checkpoints = checkpoints;
    this.state = scoped(this.#watched(), STATE);
  }

  /** @throws MillraceError MILL_STATE_LOCKED, MILL_STATE_IO, MILL_DISK_FULL; MILL_CLOSED when the signal ends the wait for the LOCK */
  static async open(options: StateFolderOptions): Promise<StateFolder> {
    const { directory } = options;
    for (let again = false; ; again = true) {
      let database: OrderedKeyValue | undefined;
      try {
        database = await openDatabase(options);
        return new StateFolder(directory, database, await readCheckpoints(database));
      } catch (error) {
        await database?.close();
        if (again || !isUnreadable(error)) throw error;
        process.emitWarning(`${directory} is removed, and restored from the changelogs: ${(error as Error).message}`);
        await rm(directory, { recursive: true, force: true });
      }
    }
  }

  /** By changelog topic; none where nothing was restored yet. */
  get checkpoints(): ReadonlyMap<string, number> {
    return new Map([...this.#checkpoints].map(([changelog, { offset }]) => [changelog, offset]));
  }

  /** What the changelog has lost since then may be missed by whoever reads on from the checkpoint. */
  asOfMs(changelog: string): number | undefined {
    return this.#checkpoints.get(changelog)?.asOfMs;
  }

  /** Writes to `state`, and how far the changelogs are in it then: all or nothing. */
  async write(ops: readonly WriteOp[], checkpoints: ReadonlyMap<string, number>, asOfMs: number): Promise<void> {
    const marks = [...checkpoints].map(([changelog, offset]): [string, Checkpoint] => [changelog, { offset, asOfMs }]);
    await this.#watch(this.#database.write([...scopeOps(STATE, ops), ...marks.map((mark) => checkpointOp(...mark))]));
    for (const [changelog, checkpoint] of marks) this.#checkpoints.set(changelog, checkpoint);
  }

  /** A folder that was found damaged goes with it. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#database.close();
      if (this.#damaged) await rm(this.#directory, { recursive: true, force: true });
    })();
    return this.#closing;
  }

  /** Closes it, and removes all that it holds. */
  remove(): Promise<void> {
    this.#damaged = true;
    return this.close();
  }

  /** The database, but damage is no end: the folder is restored when the task is opened anew. */
  #watched(): OrderedKeyValue {
    const iterate = async function* (this: StateFolder, range: KeyRange): AsyncIterable<KeyValueEntry> {
      try {
        yield* this.#database.iterate(range);
      } catch (error) {
        throw this.#noteDamage(error);
      }
    };
    return {
      getMany: (keys) => this.#watch(this.#database.getMany(keys)),
      iterate: iterate.bind(this),
      write: (ops, options) => this.#watch(this.#database.write(ops, options)),
      close: async () => undefined,
    };
  }

  async #watch<T>(pending: Promise<T>): Promise<T> {
    try {
      return await pending;
    } catch (error) {
      throw this.#noteDamage(error);
    }
  }

  #noteDamage(error: unknown): unknown {
    if (!isUnreadable(error)) return error;
    if (!this.#damaged) process.emitWarning(`${this.#directory} is removed when its task closes, and restored from the changelogs: ${(error as Error).message}`);
    this.#damaged = true;
    return new MillraceError('MILL_STATE_IO', `${this.#directory} is damaged, and is restored from the changelogs.`, { cause: error });
  }
}
