/**
 * Operations as changes of rows. All operations of a call are one transaction. An older revision changes nothing; what
 * is replaced is removed, with all that belongs to it, before it is written anew.
 */
import { setImmediate } from 'node:timers/promises';
import type { AssetIndexDocument, IndexOperation, MomentDocument } from '../../ports/index.ts';
import type { Connection } from './connection.ts';
import { bytesOf } from './rows.ts';

/** Inserts run on the event loop: after this many operations others get their turn. A few milliseconds' worth. */
const OPERATIONS_A_TURN = 64;

const REMOVE_ASSET = 'DELETE FROM assets WHERE asset_id = ? AND revision <= ?';

/** NUL ends a text in SQLite, \u0002 and \u0003 are the marks of highlights, and half a surrogate pair has no UTF-8: they become spaces. */
const storable = (text: string): string => text.replace(/[\u0000\u0002\u0003]|\p{Surrogate}/gu, ' ');

const holderOf = (body: unknown): string | null =>
  typeof body === 'object' && body !== null && 'duplicateOf' in body && typeof body.duplicateOf === 'string' ? body.duplicateOf : null;

export class IndexWriter {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async apply(operations: readonly IndexOperation[]): Promise<void> {
    await this.#connection.transaction('IMMEDIATE', async () => {
      let done = 0;
      for (const operation of operations) {
        if (operation.type === 'moment') await this.putMoment(operation.document);
        else if (operation.type === 'asset') await this.putAsset(operation.document);
        else await this.remove(operation.assetId, operation.revision);
        done += 1;
        if (done % OPERATIONS_A_TURN === 0) await setImmediate();
      }
    });
  }

  private async putMoment(moment: MomentDocument): Promise<void> {
    const insert = await this.#connection.writer(
      `INSERT INTO moments (id, asset_id, revision, library, media_kind, modality, start_ms, end_ms, has_text, char_start, tags, dimensions, frame_blob_key, model, lineage)
       SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
       WHERE NOT EXISTS (SELECT 1 FROM assets WHERE asset_id = ? AND revision > ?) AND NOT EXISTS (SELECT 1 FROM moments WHERE id = ?)`,
    );
    (await this.#connection.writer('DELETE FROM moments WHERE id = ? AND revision <= ?'))(moment.id, moment.revision);
    const { changes, rowId } = insert(
      moment.id, moment.assetId, moment.revision, moment.library, moment.mediaKind, moment.modality, moment.startMs, moment.endMs,
      moment.text === null ? 0 : 1, moment.charStart, JSON.stringify(moment.tags), moment.vector?.length ?? 0, moment.frameBlobKey, moment.model, moment.lineage,
      moment.assetId, moment.revision, moment.id,
    );
    if (changes === 0) return;
    const words = moment.text ?? moment.tags.join(', ');
    if (words !== '') (await this.#connection.writer('INSERT INTO moment_words (rowid, words) VALUES (?, ?)'))(rowId, storable(words));
    if (moment.vector !== null) (await this.#connection.writer('INSERT INTO moment_vectors (seq, vector) VALUES (?, ?)'))(rowId, bytesOf(moment.vector));
    await this.putTags('moment_tags', rowId, moment.tags);
  }

  private async putAsset(asset: AssetIndexDocument): Promise<void> {
    const insert = await this.#connection.writer(
      `INSERT INTO assets (asset_id, revision, library, media_kind, state, duplicate_of, file_name, source_uri, tags, body)
       SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM assets WHERE asset_id = ?)`,
    );
    (await this.#connection.writer(REMOVE_ASSET))(asset.assetId, asset.revision);
    const { changes, rowId } = insert(
      asset.assetId, asset.revision, asset.library, asset.mediaKind, asset.state, holderOf(asset.body), storable(asset.fileName), storable(asset.sourceUri),
      JSON.stringify(asset.tags), JSON.stringify(asset.body), asset.assetId,
    );
    if (changes === 0) return;
    (await this.#connection.writer('INSERT INTO asset_words (rowid, words) VALUES (?, ?)'))(rowId, storable(asset.text));
    await this.putTags('asset_tags', rowId, asset.tags);
    (await this.#connection.writer('DELETE FROM moments WHERE asset_id = ? AND revision < ?'))(asset.assetId, asset.revision);
  }

  private async remove(assetId: string, revision: number): Promise<void> {
    (await this.#connection.writer(REMOVE_ASSET))(assetId, revision);
    (await this.#connection.writer('DELETE FROM moments WHERE asset_id = ? AND revision <= ?'))(assetId, revision);
  }

  private async putTags(table: 'moment_tags' | 'asset_tags', rowId: number, tags: readonly string[]): Promise<void> {
    const insert = await this.#connection.writer(`INSERT OR IGNORE INTO ${table} (tag, seq) VALUES (?, ?)`);
    for (const tag of tags) insert(tag.toLowerCase(), rowId);
  }
}
