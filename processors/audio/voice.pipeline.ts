/**
 * Where somebody speaks, by Silero VAD. The network walks along the sound in hops of 32 ms and hands its state on, so
 * hops cannot run side by side; chunks can, and all chunks of a batch walk in step.
 */
import type { TaskPipelineFactory, TensorSession } from '../inference/index.ts';
import { floatOutput } from '../tensors.ts';
import { SAMPLE_RATE_HZ } from './parameters.ts';
import { voiceSpans } from './voice-spans.ts';

const MODEL_FILE = 'silero_vad_v6.onnx';
const HOP = 512;
/** Samples of the hop before that the network hears again. */
const CONTEXT = 64;
const STATE = 128;
const HOP_MS = (HOP * 1000) / SAMPLE_RATE_HZ;
const RATE = { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(SAMPLE_RATE_HZ)) } as const;

export const createPipeline: TaskPipelineFactory<'voice'> = async (context) => {
  const session = await context.openSession(MODEL_FILE);
  return {
    async run(batch) {
      const chunks = batch.map(({ pcm }) => pcm);
      const probabilities = await speechProbabilities(session, chunks);
      return chunks.map(({ length }, index) => ({
        spans: voiceSpans(probabilities[index] ?? new Float32Array(), HOP_MS, Math.floor((length * 1000) / SAMPLE_RATE_HZ)),
      }));
    },
  };
};

/** One probability a hop of each chunk; the last hop is filled up with silence. */
async function speechProbabilities(session: TensorSession, chunks: readonly Float32Array[]): Promise<Float32Array[]> {
  const rows = chunks.length;
  const probabilities = chunks.map(({ length }) => new Float32Array(Math.ceil(length / HOP)));
  const hops = Math.max(...probabilities.map(({ length }) => length));
  let state = new Float32Array(2 * rows * STATE);
  for (let hop = 0; hop < hops; hop += 1) {
    const data = new Float32Array(rows * (CONTEXT + HOP));
    const start = hop * HOP - CONTEXT;
    chunks.forEach((chunk, row) => {
      const heard = chunk.subarray(Math.max(0, start), (hop + 1) * HOP);
      data.set(heard, row * (CONTEXT + HOP) + Math.max(0, -start));
    });
    const outputs = await session.run({
      input: { type: 'float32', dims: [rows, CONTEXT + HOP], data },
      state: { type: 'float32', dims: [2, rows, STATE], data: state },
      sr: RATE,
    });
    state = Float32Array.from(floatOutput(outputs, 'stateN').data);
    const { data: speech } = floatOutput(outputs, 'output');
    probabilities.forEach((row, index) => { if (hop < row.length) row[hop] = speech[index] ?? 0; });
  }
  return probabilities;
}
