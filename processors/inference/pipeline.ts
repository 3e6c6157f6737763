/**
 * A pipeline is everything of one task that needs its model: pre-processing, tensors, post-processing. It lives in an
 * inference worker, off the event loop of the program, beside the sessions it runs.
 *
 * A module `processors/<area>/<task>.pipeline.ts` exports `createPipeline`; pipelines.ts says which task is where.
 */
import type { ModelCard } from './model-card.ts';
import type { TaskInput, TaskName, TaskOutput } from './tasks.ts';
import type { TensorSession } from './tensor.ts';

export interface ModelPipeline<I, O> {
  /** One output an input, in order. A failure fails the whole batch; the host then tries its items one by one. */
  run(batch: readonly I[]): Promise<O[]>;
  /** Sessions from `openSession` are closed by the host. */
  close?(): Promise<void>;
}

export interface PipelineContext {
  readonly card: ModelCard;
  /** Where the card's files lie. */
  readonly directory: string;
  /** Opens one of the card's ONNX files. */
  readonly openSession: (file: string) => Promise<TensorSession>;
}

export type PipelineFactory<I, O> = (context: PipelineContext) => Promise<ModelPipeline<I, O>>;

/** The factory of a task: `export const createPipeline: TaskPipelineFactory<'ocr'> = async (context) => ...` */
export type TaskPipelineFactory<T extends TaskName> = PipelineFactory<TaskInput<T>, TaskOutput<T>>;
