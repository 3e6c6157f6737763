/** Tensors and what runs them: the narrow waist between a pipeline and the runtime that holds the weights. */

export type TensorData = Float32Array | BigInt64Array | Uint8Array;

/** Dense, row-major. Strings and other element types have no place here: pipelines turn them into these. */
export type Tensor =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: BigInt64Array }
  | { readonly type: 'uint8' | 'bool'; readonly dims: readonly number[]; readonly data: Uint8Array };

export type TensorMap = Readonly<Record<string, Tensor>>;

/** One loaded network. */
export interface TensorSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * @param outputs names to fetch @default all of them
   * @throws MillraceError MILL_MODEL_FAILED when the network refuses the feeds
   */
  run(feeds: TensorMap, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}
