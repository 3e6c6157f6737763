/**
 * Writes of the search index, batched. Where it takes one write at a time, operations go in the order of the calls; where
 * it takes more, in the order that counts (asset-order.ts). Were each caller to wait for the end of an outage by itself, a
 * moment could come after the removal of its asset.
 */
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { IndexOperation, SearchIndex } from '../../../connectors/ports/index.ts';
import { BatchingWriter } from '../writing/index.ts';
import type { BatchingWriterOptions, WriteContext } from '../writing/index.ts';
import { AssetOrder } from './asset-order.ts';

export type WritableIndex = Pick<SearchIndex, 'write' | 'maxConcurrentWrites'>;

export class IndexWriter {
  readonly #writer: BatchingWriter<IndexOperation>;

  constructor(index: WritableIndex, options: BatchingWriterOptions) {
    const { maxConcurrentWrites } = index;
    const write = async (operations: readonly IndexOperation[]): Promise<(string | undefined)[]> => {
      const rejected = await index.write(operations);
      if (rejected.length === 0) return [];
      const reasons = new Map(rejected.map(({ operation, reason }) => [operation, reason]));
      return operations.map((operation) => reasons.get(operation));
    };
    this.#writer = new BatchingWriter({ maxConcurrentWrites, write }, options, maxConcurrentWrites > 1 ? new AssetOrder() : null);
  }

  /** @throws MillraceError MILL_INDEX_REJECTED, or what the index threw for the whole batch */
  async write(operation: IndexOperation, context: WriteContext): Promise<void> {
    const reason = await this.#writer.write(operation, context);
    if (reason !== undefined) throw new MillraceError('MILL_INDEX_REJECTED', `${subjectOf(operation)}: ${reason}`);
  }
}

function subjectOf(operation: IndexOperation): string {
  switch (operation.type) {
    case 'moment': return `${operation.document.modality} ${operation.document.id} of asset ${operation.document.assetId}`;
    case 'asset': return `document of asset ${operation.document.assetId}`;
    case 'delete': return `removal of asset ${operation.assetId}`;
  }
}
