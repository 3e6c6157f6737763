/** The far side of transport.ts: answers each message, after a run of the model if the message asks for one. */
import { parentPort } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export interface TransportRequest {
  readonly id: number;
  readonly payload: Uint8Array;
  /** Runs the model on this many images. */
  readonly images: number;
}

const PIXELS = 224 * 224 * 3;
const modelFile = process.argv[2] ?? '';
let session: InferenceSession | undefined;

async function answer({ id, payload, images }: TransportRequest): Promise<{ id: number; bytes: number }> {
  if (images > 0) {
    session ??= await InferenceSession.create(modelFile, { intraOpNumThreads: 1, enableCpuMemArena: false });
    await session.run({ pixels: new Tensor('uint8', payload.slice(0, images * PIXELS), [images, 224, 224, 3]) });
  }
  return { id, bytes: payload.byteLength };
}

if (parentPort === null) process.on('message', (request: TransportRequest) => void answer(request).then((reply) => process.send?.(reply)));
else parentPort.on('message', (request: TransportRequest) => void answer(request).then((reply) => parentPort?.postMessage(reply)));
