/**
 * One connection to the index file, through `libsql` (SQLite). Queries and commits run on a thread of the library, off
 * the event loop; single inserts run on it and take microseconds.
 *
 * A connection does one thing at a time: `exclusive` lines callers up. One connection of a process may write: a second
 * one would wait for the lock on the very threads that the first needs to release it.
 *
 * The library aborts the whole process when it is handed a boolean or a lone object as a parameter, so parameters go
 * through `checked` as one array, and nothing else of the project touches the library.
 */
import Database from 'libsql/promise';
import { MillraceError } from '../../ports/index.ts';
import { toIndexError } from './sqlite-errors.ts';

export type Parameter = string | number | null | Buffer;
/** The library gives a blob back as an ArrayBuffer. */
export type Row = Readonly<Record<string, string | number | null | ArrayBuffer>>;

/** What the library's own type declarations leave out. */
interface NativeStatement {
  run(parameters: readonly Parameter[]): { readonly changes: number; readonly lastInsertRowid: number };
  all(parameters: readonly Parameter[]): Promise<Row[]>;
}
interface NativeDatabase {
  exec(sql: string): Promise<void>;
  prepare(sql: string): Promise<NativeStatement>;
  close(): unknown;
}

/** How long to wait for another process that writes. */
const BUSY_TIMEOUT_MS = 10_000;

function checked(parameters: readonly Parameter[]): readonly Parameter[] {
  for (const value of parameters) {
    const fine = value === null || typeof value === 'string' || Buffer.isBuffer(value) || (typeof value === 'number' && Number.isFinite(value));
    if (!fine) throw new MillraceError('MILL_PROCESSOR_FAILED', `the index cannot store a value of type ${typeof value}`);
  }
  return parameters;
}

export class Connection {
  readonly #database: NativeDatabase;
  readonly #statements = new Map<string, Promise<NativeStatement>>();
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closing: Promise<void> | undefined;

  private constructor(database: NativeDatabase) {
    this.#database = database;
  }

  static async open(file: string): Promise<Connection> {
    try {
      const connection = new Connection(new Database(file, {}));
      await connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      return connection;
    } catch (error) {
      throw toIndexError(error);
    }
  }

  /** Callers that have the connection or wait for it. */
  get load(): number {
    return this.#waiting;
  }

  /** Runs `work` when all earlier work on this connection has ended. */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new MillraceError('MILL_CLOSED', 'the search index was closed');
    this.#waiting += 1;
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    try {
      return await result;
    } catch (error) {
      throw toIndexError(error);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Statements without parameters. */
  async exec(sql: string): Promise<void> {
    await this.#database.exec(sql);
  }

  async all(sql: string, parameters: readonly Parameter[] = []): Promise<Row[]> {
    return (await this.statement(sql)).all(checked(parameters));
  }

  /** A statement that changes rows, prepared once; it runs at once and on the caller's thread. */
  async writer(sql: string): Promise<(...parameters: Parameter[]) => { readonly changes: number; readonly rowId: number }> {
    const statement = await this.statement(sql);
    return (...parameters) => {
      const { changes, lastInsertRowid } = statement.run(checked(parameters));
      return { changes, rowId: lastInsertRowid };
    };
  }

  /** All of `work`, or nothing of it. */
  async transaction<T>(mode: 'IMMEDIATE' | 'DEFERRED', work: () => Promise<T>): Promise<T> {
    await this.exec(`BEGIN ${mode}`);
    try {
      const result = await work();
      await this.exec('COMMIT');
      return result;
    } catch (error) {
      await this.exec('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Waits for what was begun. */
  async close(): Promise<void> {
    this.#closing ??= this.#tail.then(() => {
      this.#statements.clear();
      this.#database.close();
    });
    await this.#closing;
  }

  private statement(sql: string): Promise<NativeStatement> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
