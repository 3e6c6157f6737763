/**
 * ONNX Runtime behind the TensorSession port. Used in inference workers only: its `run` blocks the thread.
 *
 * One thread a session, since workers are the unit of parallelism. The CPU memory arena is off: it grows to the largest
 * batch ever seen and never shrinks, which doubled the memory of shot detection (docs/inference.md).
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { ModelCard } from './model-card.ts';
import type { Tensor, TensorMap, TensorSession } from './tensor.ts';

export type Device = ModelCard['device'];

const ONLY_FATAL = 4;
/** What goes wrong is thrown; the runtime need not write it to standard error as well. */
env.logLevel = 'fatal';
const BASE_OPTIONS: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, enableCpuMemArena: false, logSeverityLevel: ONLY_FATAL };

/** CUDA comes as libraries beside the binding. Without them there is nothing to try; a failure with them is worth a notice. */
let cudaUsable = cudaLibrariesInstalled();

function cudaLibrariesInstalled(): boolean {
  const binaries = path.join(path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '..', 'bin');
  return readdirSync(binaries).some((napi) => existsSync(path.join(binaries, napi, process.platform, process.arch, 'libonnxruntime_providers_cuda.so')));
}

/** @throws MillraceError MILL_MODEL_FAILED when the file cannot be loaded, or CUDA is asked for and is not there */
export async function openOnnxSession(file: string, device: Device, notice: (text: string) => void): Promise<TensorSession> {
  const open = async (executionProviders: InferenceSession.ExecutionProviderConfig[]): Promise<TensorSession> =>
    new OnnxSession(file, await InferenceSession.create(file, { ...BASE_OPTIONS, executionProviders }));
  try {
    if (device === 'cuda') return await open(['cuda']);
    if (device === 'auto' && cudaUsable) {
      try {
        return await open(['cuda', 'cpu']);
      } catch (error) {
        const session = await open(['cpu']);
        cudaUsable = false;
        notice(`CUDA is installed and cannot be used, so models run on the CPU: ${String(error)}`);
        return session;
      }
    }
    return await open(['cpu']);
  } catch (cause) {
    throw new MillraceError('MILL_MODEL_FAILED', `${file} cannot be loaded on ${device}: ${String(cause)}`, { cause });
  }
}

class OnnxSession implements TensorSession {
  readonly #file: string;
  readonly #session: InferenceSession;

  constructor(file: string, session: InferenceSession) {
    this.#file = file;
    this.#session = session;
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  async run(feeds: TensorMap, outputs: readonly string[] = this.outputNames): Promise<Record<string, Tensor>> {
    try {
      const ortFeeds = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, new OrtTensor(tensor.type, tensor.data, tensor.dims)]));
      const results = await this.#session.run(ortFeeds, outputs);
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value)]));
    } catch (cause) {
      throw new MillraceError('MILL_MODEL_FAILED', `${this.#file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function fromOrt({ type, dims, data }: OrtTensor): Tensor {
  if (type === 'float32' && data instanceof Float32Array) return { type, dims, data };
  if (type === 'int64' && data instanceof BigInt64Array) return { type, dims, data };
  if ((type === 'uint8' || type === 'bool') && data instanceof Uint8Array) return { type, dims, data };
  throw new TypeError(`outputs of type ${type} are not supported`);
}
