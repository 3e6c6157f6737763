/** Reading tensors: what every pipeline does with the outputs of a session. */
import { MillraceError } from '../connectors/ports/index.ts';
import type { Tensor } from './inference/index.ts';

export interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** @throws MillraceError MILL_MODEL_FAILED when the model has no such output of floats */
export function floatOutput(outputs: Readonly<Record<string, Tensor>>, name: string): FloatTensor {
  const tensor = outputs[name];
  if (tensor?.type !== 'float32') throw new MillraceError('MILL_MODEL_FAILED', `The model gave no float output "${name}"`);
  return { data: tensor.data, dims: tensor.dims };
}

/** A copy of one entry along the first dimension, so that the batch it came from can be freed. */
export function rowOf({ data, dims }: FloatTensor, row: number): Float32Array {
  const width = data.length / (dims[0] ?? 1);
  return data.slice(row * width, (row + 1) * width);
}
