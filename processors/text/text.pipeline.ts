/**
 * Text to vector: WordPiece, then a sentence encoder whose graph ends with mean pooling and normalisation. Texts of a
 * batch run in groups of like length.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groupByLength } from '../batching.ts';
import type { TaskPipelineFactory, TensorMap, TextOutput } from '../inference/index.ts';
import { floatOutput, rowOf } from '../tensors.ts';
import { TEXT_PARAMETERS } from './parameters.ts';
import { createWordPiece } from './wordpiece.ts';

const MODEL_FILE = 'minilm.onnx';
const TOKENIZER_FILE = 'tokenizer.json';
const GROUPING = { maxGroup: 16, slack: 8 };

export const createPipeline: TaskPipelineFactory<'text'> = async (context) => {
  const tokenizer = createWordPiece(await readFile(join(context.directory, TOKENIZER_FILE), 'utf8'), TEXT_PARAMETERS.maxTokens);
  const session = await context.openSession(MODEL_FILE);
  return {
    async run(batch) {
      const tokens = batch.map(({ text }) => tokenizer.encode(text));
      const results: TextOutput[] = [];
      for (const group of groupByLength(tokens.map((ids) => ids.length), GROUPING)) {
        const feeds = padded(group.map((index) => tokens[index] ?? []), tokenizer.padId);
        const vectors = floatOutput(await session.run(feeds, ['embedding']), 'embedding');
        group.forEach((index, row) => { results[index] = { vector: rowOf(vectors, row) }; });
      }
      return results;
    },
  };
};

/** Ids and attention mask, padded on the right. */
function padded(rows: readonly (readonly number[])[], padId: number): TensorMap {
  const width = Math.max(...rows.map((row) => row.length));
  const ids = new BigInt64Array(rows.length * width).fill(BigInt(padId));
  const mask = new BigInt64Array(rows.length * width);
  rows.forEach((row, r) => {
    row.forEach((id, c) => {
      ids[r * width + c] = BigInt(id);
      mask[r * width + c] = 1n;
    });
  });
  const dims = [rows.length, width];
  return { input_ids: { type: 'int64', dims, data: ids }, attention_mask: { type: 'int64', dims, data: mask } };
}
