/**
 * The SearchIndex port on one SQLite file (docs/search.md says why): full text by FTS5 and BM25, vectors by an exact
 * scan inside SQLite, filters by SQL in the same statement, so that the k best are the k best of what passes.
 *
 * One connection writes. Others read, each query in a snapshot of its own, while this or another process writes.
 */
import type {
  AssetHit, AssetIndexDocument, IndexOperation, MomentDocument, MomentHit, RejectedOperation, SearchFilter, SearchIndex,
} from '../../ports/index.ts';
import { MillraceError } from '../../ports/index.ts';
import { reasonToReject } from './check-operation.ts';
import type { Connection, Parameter, Row } from './connection.ts';
import { assetConditions, momentConditions } from './filter-sql.ts';
import { IndexWriter } from './index-writer.ts';
import { matchExpression } from './plain-query.ts';
import { ASSET_COLUMNS, assetOf, bytesOf, MOMENT_COLUMNS, momentOf, textOf, vectorOf } from './rows.ts';
import { integrityProblems } from './schema.ts';

const MARKS = 'char(2), char(3)';
const MAX_HITS = 10_000;

const limitOf = (k: number): number => {
  if (!Number.isSafeInteger(k) || k < 1 || k > MAX_HITS) throw new MillraceError('MILL_CONFIG_INVALID', `the number of results must be 1 to ${MAX_HITS}, not ${k}`);
  return k;
};

export class SqliteSearchIndex implements SearchIndex {
  /** SQLite has one writer. */
  readonly maxConcurrentWrites = 1;
  readonly #writer: Connection | undefined;
  readonly #readers: readonly Connection[];

  constructor(writer: Connection | undefined, readers: readonly Connection[]) {
    this.#writer = writer;
    this.#readers = readers;
  }

  async write(operations: readonly IndexOperation[]): Promise<readonly RejectedOperation[]> {
    const writer = this.#writer;
    if (writer === undefined) throw new MillraceError('MILL_CONFIG_INVALID', 'the search index was opened for reading only');
    const rejected: RejectedOperation[] = [];
    const sound: IndexOperation[] = [];
    for (const operation of operations) {
      const reason = reasonToReject(operation);
      if (reason === undefined) sound.push(operation);
      else rejected.push({ operation, reason });
    }
    if (sound.length > 0) await writer.exclusive(() => new IndexWriter(writer).apply(sound));
    return rejected;
  }

  async searchVector(vector: Float32Array, k: number, filter: SearchFilter): Promise<MomentHit[]> {
    const { sql, parameters } = momentConditions(filter);
    const rows = await this.read(
      `SELECT ${MOMENT_COLUMNS}, w.words, best.distance
       FROM (SELECT m.seq, vector_distance_cos(v.vector, ?) AS distance FROM moments m JOIN moment_vectors v ON v.seq = m.seq
             WHERE m.dimensions = ? AND ${sql} ORDER BY distance, m.id LIMIT ?) best
       JOIN moments m ON m.seq = best.seq LEFT JOIN moment_words w ON w.rowid = m.seq ORDER BY best.distance, m.id`,
      [bytesOf(vector), vector.length, ...parameters, limitOf(k)],
    );
    return rows.map((row) => ({ moment: momentOf(row), score: 1 - Number(row['distance']), highlight: null }));
  }

  async searchText(query: string, k: number, filter: SearchFilter): Promise<MomentHit[]> {
    const expression = matchExpression(query);
    const limit = limitOf(k);
    if (expression === undefined) return [];
    const { sql, parameters } = momentConditions(filter);
    const rows = await this.read(
      `SELECT ${MOMENT_COLUMNS}, moment_words.words, highlight(moment_words, 0, ${MARKS}) AS highlight, best.badness
       FROM (SELECT m.seq, m.id, bm25(moment_words) AS badness FROM moment_words JOIN moments m ON m.seq = moment_words.rowid
             WHERE moment_words MATCH ? AND ${sql} ORDER BY badness, m.id LIMIT ?) best
       JOIN moment_words ON moment_words.rowid = best.seq JOIN moments m ON m.seq = best.seq
       WHERE moment_words MATCH ? ORDER BY best.badness, m.id`,
      [expression, ...parameters, limit, expression],
    );
    return rows.map((row) => ({ moment: momentOf(row), score: -Number(row['badness']), highlight: textOf(row, 'highlight') }));
  }

  async searchAssets(query: string, k: number, filter: SearchFilter): Promise<AssetHit[]> {
    const expression = matchExpression(query);
    const limit = limitOf(k);
    if (expression === undefined) return [];
    const { sql, parameters } = assetConditions(filter);
    const rows = await this.read(
      `SELECT ${ASSET_COLUMNS}, asset_words.words, highlight(asset_words, 0, ${MARKS}) AS highlight, best.badness
       FROM (SELECT a.seq, a.asset_id, bm25(asset_words) AS badness FROM asset_words JOIN assets a ON a.seq = asset_words.rowid
             WHERE asset_words MATCH ? AND ${sql} ORDER BY badness, a.asset_id LIMIT ?) best
       JOIN asset_words ON asset_words.rowid = best.seq JOIN assets a ON a.seq = best.seq
       WHERE asset_words MATCH ? ORDER BY best.badness, a.asset_id`,
      [expression, ...parameters, limit, expression],
    );
    return rows.map((row) => ({ asset: assetOf(row), score: -Number(row['badness']), highlight: textOf(row, 'highlight') }));
  }

  async assets(assetIds: readonly string[]): Promise<AssetIndexDocument[]> {
    return this.assetsWhere('a.asset_id IN (SELECT value FROM json_each(?))', [JSON.stringify(assetIds)]);
  }

  async duplicatesOf(assetIds: readonly string[]): Promise<AssetIndexDocument[]> {
    return this.assetsWhere('a.duplicate_of IN (SELECT value FROM json_each(?)) ORDER BY a.asset_id', [JSON.stringify(assetIds)]);
  }

  async listAssets({ library, after = '', limit }: { readonly library?: string; readonly after?: string; readonly limit: number }): Promise<AssetIndexDocument[]> {
    const where = library === undefined ? '' : 'a.library = ? AND ';
    return this.assetsWhere(`${where}a.asset_id > ? ORDER BY a.asset_id LIMIT ?`, [...(library === undefined ? [] : [library]), after, limitOf(limit)]);
  }

  async moments(assetId: string): Promise<MomentDocument[]> {
    const rows = await this.read(
      `SELECT ${MOMENT_COLUMNS}, w.words, v.vector FROM moments m LEFT JOIN moment_words w ON w.rowid = m.seq LEFT JOIN moment_vectors v ON v.seq = m.seq
       WHERE m.asset_id = ? ORDER BY m.start_ms, m.char_start, m.modality, m.id`,
      [assetId],
    );
    return rows.map((row) => ({ ...momentOf(row), vector: vectorOf(row['vector']) }));
  }

  async nearestFrame(assetId: string, timeMs: number): Promise<string | null> {
    const [row] = await this.read(
      `SELECT frame_blob_key AS key FROM moments WHERE asset_id = ? AND modality = 'frame' AND frame_blob_key IS NOT NULL
       ORDER BY abs(coalesce(start_ms, 0) - ?), id LIMIT 1`,
      [assetId, timeMs],
    );
    return row === undefined ? null : textOf(row, 'key');
  }

  async counts(): Promise<{ readonly assets: number; readonly moments: number; readonly byState: Readonly<Record<string, number>> }> {
    // One statement, so that the figures are of one moment.
    const rows = await this.read('SELECT state, count(*) AS count, (SELECT count(*) FROM moments) AS moments FROM assets GROUP BY state UNION ALL SELECT NULL, 0, (SELECT count(*) FROM moments)');
    const states = rows.filter((row) => row['state'] !== null);
    return {
      assets: states.reduce((sum, row) => sum + Number(row['count']), 0),
      moments: Number(rows[0]?.['moments'] ?? 0),
      byState: Object.fromEntries(states.map((row) => [textOf(row, 'state'), Number(row['count'])])),
    };
  }

  /** What SQLite finds wrong with the file; nothing on a sound one. Reads all of it. */
  async problems(): Promise<string[]> {
    const reader = this.idlestReader();
    return reader.exclusive(() => integrityProblems(reader));
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
    // The library leaves the write-ahead log as it is. A reader elsewhere may keep us from folding it in: then the next writer does.
    const writer = this.#writer;
    await writer?.exclusive(() => writer.all('PRAGMA wal_checkpoint(TRUNCATE)')).catch(() => undefined);
    await writer?.close();
  }

  private async assetsWhere(condition: string, parameters: readonly Parameter[]): Promise<AssetIndexDocument[]> {
    const rows = await this.read(`SELECT ${ASSET_COLUMNS}, w.words FROM assets a JOIN asset_words w ON w.rowid = a.seq WHERE ${condition}`, parameters);
    return rows.map(assetOf);
  }

  private async read(sql: string, parameters: readonly Parameter[] = []): Promise<Row[]> {
    const reader = this.idlestReader();
    return reader.exclusive(() => reader.all(sql, parameters));
  }

  private idlestReader(): Connection {
    const [first, ...others] = this.#readers;
    if (first === undefined) throw new MillraceError('MILL_CLOSED', 'the search index has no reader');
    return others.reduce((best, reader) => (reader.load < best.load ? reader : best), first);
  }
}
