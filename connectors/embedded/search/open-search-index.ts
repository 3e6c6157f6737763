/** Opens the index of a data directory. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../ports/index.ts';
import { Connection } from './connection.ts';
import { prepareForReading, prepareForWriting } from './schema.ts';
import { SqliteSearchIndex } from './sqlite-search-index.ts';

export interface SearchIndexOptions {
  /** `<data>/index` */
  readonly directory: string;
  /** For a process that only searches: it needs an index, makes none, and never changes it. @default false */
  readonly readOnly?: boolean;
  /** Queries that run at the same time. @default 2 */
  readonly readers?: number;
}

export const INDEX_FILE = 'search.db';

/** @throws MillraceError MILL_INDEX_MISSING (readOnly), MILL_INDEX_VERSION, MILL_STATE_CORRUPT, MILL_TIMEOUT, MILL_DISK_FULL */
export async function openSearchIndex({ directory, readOnly = false, readers = 2 }: SearchIndexOptions): Promise<SqliteSearchIndex> {
  const file = path.join(directory, INDEX_FILE);
  if (readOnly && !existsSync(file)) throw new MillraceError('MILL_INDEX_MISSING', `there is no search index in ${directory}`);
  await mkdir(directory, { recursive: true });
  const opened: Connection[] = [];
  const open = async (prepare: (connection: Connection) => Promise<void>): Promise<Connection> => {
    const connection = await Connection.open(file);
    opened.push(connection);
    await connection.exclusive(() => prepare(connection));
    return connection;
  };
  try {
    const writer = readOnly ? undefined : await open(prepareForWriting);
    const pool: Connection[] = [];
    for (let i = 0; i < readers; i += 1) pool.push(await open(prepareForReading));
    return new SqliteSearchIndex(writer, pool);
  } catch (error) {
    await Promise.all(opened.map((connection) => connection.close()));
    throw error;
  }
}
