/**
 * A process that writes batches of moments and assets until it is killed. Each batch is one call of `write`: an asset
 * `batch-N` and BATCH_SIZE moments of it. Prints N after each acknowledged batch.
 *
 *   node --import tsx endless-writer.ts DIRECTORY FIRST_BATCH
 */
import { openSearchIndex } from '../../../../connectors/embedded/search/index.ts';
import { asset, axis, moment } from '../../sample-documents.ts';

export const BATCH_SIZE = 40;

if (import.meta.url === `file://${process.argv[1] ?? ''}`) {
  const [, , directory = '', first = '0'] = process.argv;
  const index = await openSearchIndex({ directory });
  for (let batch = Number(first); ; batch += 1) {
    const assetId = `batch-${batch}`;
    const moments = Array.from({ length: BATCH_SIZE }, (_, i) => moment(`${assetId}-${i}`, { assetId, text: `running dogs ${batch}`, tags: ['dog'], vector: axis(i % 8) }));
    await index.write([...moments.map((document) => ({ type: 'moment' as const, document })), { type: 'asset', document: asset(assetId) }]);
    process.stdout.write(`${batch}\n`);
  }
}
