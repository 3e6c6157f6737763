/**
 * What may still enter the index. Documents and insights come by different topics, in no order between them, and the
 * index forgets an asset that is removed: so an insight that comes after the removal would bring it back. The gate keeps,
 * for each asset, the lowest revision that may enter:
 *
 *   removal through revision r     r + 1     and everything up to r leaves the index
 *   document of revision r         r         what older revisions left goes with it
 *   insight of revision r          enters if r is not below that
 *
 * What entered before the removal is taken out by the removal, and what comes after it stays outside: the same in every
 * order, and when records are read again after a crash.
 */
import type { IndexOperation } from '../../../connectors/ports/index.ts';
import type { Entries } from '../../../processors/assembly/index.ts';
import type { AssetDocument, Insight } from '../../../schemas/index.ts';
import { indexDocumentOf } from './asset-document.ts';
import { momentOf } from './moment.ts';

export class IndexGate {
  /** By asset: the lowest revision that may enter. */
  readonly #lowest: Entries<number>;

  constructor(lowest: Entries<number>) {
    this.#lowest = lowest;
  }

  async document(document: AssetDocument): Promise<IndexOperation | undefined> {
    const { assetId, revision } = document;
    const lowest = await this.#lowest.get(assetId);
    if (lowest !== undefined && revision < lowest) return undefined;
    if (revision !== lowest) this.#lowest.put(assetId, revision);
    return { type: 'asset', document: indexDocumentOf(document) };
  }

  async insight(insight: Insight): Promise<IndexOperation | undefined> {
    const moment = momentOf(insight);
    if (moment === undefined) return undefined;
    const lowest = await this.#lowest.get(insight.assetId);
    return lowest !== undefined && insight.revision < lowest ? undefined : { type: 'moment', document: moment };
  }

  /** `undefined`: another producer wrote the tombstone; everything that is there now goes. */
  async removed(assetId: string, throughRevision: number | undefined): Promise<IndexOperation> {
    const lowest = (await this.#lowest.get(assetId)) ?? 0;
    const revision = throughRevision ?? lowest;
    if (revision >= lowest) this.#lowest.put(assetId, revision + 1);
    return { type: 'delete', assetId, revision };
  }
}
