/**
 * The tables of the index and their version. The version is SQLite's `user_version`; `application_id` says that the
 * file is ours. An older file is brought up to date by the process that writes; a newer one is refused.
 *
 *   moments        one row a moment, without text and vector, so that filters read little
 *   moment_vectors its vector: float32, little-endian
 *   moment_words   its text, or its tags where it has no text (FTS5: unicode61 without diacritics, Porter stems)
 *   moment_tags    one row a tag, for filters
 *   assets, asset_words, asset_tags   the same of assets
 *
 * Triggers take the other rows of a moment or an asset away with it, so that none is left over.
 */
import { MillraceError } from '../../ports/index.ts';
import type { Connection } from './connection.ts';
import { textOf } from './rows.ts';

const APPLICATION_ID = 0x4d_4c_52_49;
const TOKENIZER = `tokenize = "porter unicode61 remove_diacritics 2"`;

/** Step i takes a file of version i to version i + 1. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE moments (
     seq INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     asset_id TEXT NOT NULL,
     revision INTEGER NOT NULL,
     library TEXT NOT NULL,
     media_kind TEXT NOT NULL,
     modality TEXT NOT NULL,
     start_ms REAL,
     end_ms REAL,
     has_text INTEGER NOT NULL,
     char_start INTEGER,
     tags TEXT NOT NULL,
     dimensions INTEGER NOT NULL,
     frame_blob_key TEXT,
     model TEXT NOT NULL,
     lineage TEXT NOT NULL
   );
   CREATE INDEX moments_by_asset ON moments (asset_id, revision);
   CREATE TABLE moment_vectors (seq INTEGER PRIMARY KEY, vector BLOB NOT NULL);
   CREATE VIRTUAL TABLE moment_words USING fts5 (words, ${TOKENIZER});
   CREATE TABLE moment_tags (tag TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (tag, seq)) WITHOUT ROWID;
   CREATE INDEX moment_tags_by_moment ON moment_tags (seq);
   CREATE TRIGGER moment_removed AFTER DELETE ON moments BEGIN
     DELETE FROM moment_vectors WHERE seq = old.seq;
     DELETE FROM moment_words WHERE rowid = old.seq;
     DELETE FROM moment_tags WHERE seq = old.seq;
   END;

   CREATE TABLE assets (
     seq INTEGER PRIMARY KEY,
     asset_id TEXT NOT NULL UNIQUE,
     revision INTEGER NOT NULL,
     library TEXT NOT NULL,
     media_kind TEXT,
     state TEXT NOT NULL,
     duplicate_of TEXT,
     file_name TEXT NOT NULL,
     source_uri TEXT NOT NULL,
     tags TEXT NOT NULL,
     body TEXT NOT NULL
   );
   CREATE INDEX assets_by_library ON assets (library, asset_id);
   CREATE INDEX assets_by_holder ON assets (duplicate_of) WHERE duplicate_of IS NOT NULL;
   CREATE VIRTUAL TABLE asset_words USING fts5 (words, ${TOKENIZER});
   CREATE TABLE asset_tags (tag TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (tag, seq)) WITHOUT ROWID;
   CREATE INDEX asset_tags_by_asset ON asset_tags (seq);
   CREATE TRIGGER asset_removed AFTER DELETE ON assets BEGIN
     DELETE FROM asset_words WHERE rowid = old.seq;
     DELETE FROM asset_tags WHERE seq = old.seq;
   END;`,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

const pragma = async (connection: Connection, name: string): Promise<number> => {
  const [row] = await connection.all(`PRAGMA ${name}`);
  return Number(row?.[name] ?? 0);
};

function refuse(version: number): never {
  throw new MillraceError('MILL_INDEX_VERSION', `the search index has version ${version}; this Millrace knows up to version ${SCHEMA_VERSION}`);
}

/** For the process that writes: creates the tables, or brings them up to date. */
export async function prepareForWriting(connection: Connection): Promise<void> {
  // Large pages: a vector of 384 dimensions lies in one. Both settings have effect in an empty file only.
  await connection.exec('PRAGMA page_size = 16384');
  await connection.all('PRAGMA journal_mode = WAL');
  // The log forgets its input once the index has acknowledged it, so a commit outlives a loss of power.
  await connection.exec('PRAGMA synchronous = FULL');
  await connection.transaction('IMMEDIATE', async () => {
    await checkOwner(connection);
    const version = await pragma(connection, 'user_version');
    if (version > SCHEMA_VERSION) refuse(version);
    for (const step of MIGRATIONS.slice(version)) await connection.exec(step);
    await connection.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    await connection.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

/** For a process that only reads: the file must be of this version already. */
export async function prepareForReading(connection: Connection): Promise<void> {
  await checkOwner(connection);
  const version = await pragma(connection, 'user_version');
  if (version === 0) throw new MillraceError('MILL_INDEX_MISSING', 'there is no search index yet');
  if (version !== SCHEMA_VERSION) refuse(version);
  await connection.exec('PRAGMA query_only = ON');
}

async function checkOwner(connection: Connection): Promise<void> {
  const owner = await pragma(connection, 'application_id');
  const tables = await connection.all('SELECT count(*) AS count FROM sqlite_schema');
  if (owner === APPLICATION_ID || (owner === 0 && tables[0]?.['count'] === 0)) return;
  throw new MillraceError('MILL_STATE_CORRUPT', 'the file of the search index belongs to another program');
}

/**
 * SQLite's own check of the file and of the word lists. It runs inside a transaction: without one, a check of word
 * lists while another process writes compares two moments in time and cries wolf.
 */
export async function integrityProblems(connection: Connection): Promise<string[]> {
  return connection.transaction('DEFERRED', async () => {
    const rows = await connection.all('PRAGMA integrity_check');
    return rows.map((row) => textOf(row, 'integrity_check')).filter((line) => line !== 'ok');
  });
}
