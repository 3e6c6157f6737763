/** Models off the event loop: cards, tensors, pipelines, batching, workers. */
export { CARDS_DIRECTORY, chooseCards, inspectModel, loadModelCards, modelDirectory, sha256OfFile, type ModelState } from './card-catalog.ts';
export type { ModelCard, ModelFile, SourcePackage } from './model-card.ts';
export { cardDigest, parseModelCard } from './model-card.ts';
export type { ModelDescription, ModelHost, ModelHostStats, ModelResult, RunOptions, TaskStats } from './model-host.ts';
export { openModelHost, type ModelHostOptions } from './open-model-host.ts';
export type { ModelPipeline, PipelineContext, PipelineFactory, TaskPipelineFactory } from './pipeline.ts';
export type * from './tasks.ts';
export { TASK_NAMES } from './tasks.ts';
export type { Tensor, TensorData, TensorMap, TensorSession } from './tensor.ts';
