/**
 * Shot boundaries by TransNetV2: small frames in, one cut probability a frame out. Windows run one by one: a window
 * alone keeps a core busy for half a second and takes 300 MB, and two together are no quicker a window.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { ShotsInput, ShotsOutput, TaskPipelineFactory, TensorSession } from '../inference/index.ts';
import { floatOutput } from '../tensors.ts';
import { FRAME_BYTES, FRAME_HEIGHT, FRAME_WIDTH, WINDOW_FRAMES, WINDOW_MARGIN, WINDOW_STEP, windowCount, windowFrames } from './shot-windows.ts';

const MODEL_FILE = 'transnetv2.onnx';

export const createPipeline: TaskPipelineFactory<'shots'> = async (context) => {
  const session = await context.openSession(MODEL_FILE);
  return {
    async run(batch) {
      const outputs: ShotsOutput[] = [];
      for (const item of batch) outputs.push({ cutProbabilities: await cutProbabilities(session, item) });
      return outputs;
    },
  };
};

async function cutProbabilities(session: TensorSession, { frames, count }: ShotsInput): Promise<Float32Array> {
  if (frames.length !== count * FRAME_BYTES) {
    throw new MillraceError('MILL_MODEL_FAILED', `Expected ${count} frames of ${FRAME_WIDTH} x ${FRAME_HEIGHT}, got ${frames.length} bytes`);
  }
  const probabilities = new Float32Array(count);
  for (let window = 0; window < windowCount(count); window += 1) {
    const data = windowFrames(frames, count, window);
    const feeds = { frames: { type: 'uint8', dims: [1, WINDOW_FRAMES, FRAME_HEIGHT, FRAME_WIDTH, 3], data } } as const;
    const { data: ofWindow } = floatOutput(await session.run(feeds, ['single']), 'single');
    const first = window * WINDOW_STEP;
    const counted = Math.min(WINDOW_STEP, count - first);
    probabilities.set(ofWindow.subarray(WINDOW_MARGIN, WINDOW_MARGIN + counted), first);
  }
  return probabilities;
}
