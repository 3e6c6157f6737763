/**
 * An inference worker: a child process that holds sessions and runs pipelines. It is a process and not a thread because
 * a native abort, or the kernel's out-of-memory killer, then takes a worker and not the program (docs/inference.md).
 *
 * It answers one request at a time, in order. It ignores the signals that a terminal sends to the whole group, and goes
 * when its parent closes the channel or dies.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { openOnnxSession } from './onnx-session.ts';
import type { ModelPipeline, PipelineFactory } from './pipeline.ts';
import type { TaskName } from './tasks.ts';
import type { TensorSession } from './tensor.ts';
import { WARM_UP_INPUTS } from './warm-up-inputs.ts';
import { toWire, type ItemResult, type WorkerCommand, type WorkerMessage, type WorkerRequest } from './worker-messages.ts';

/** Of -1000 to 1000: when memory runs out, the kernel takes a worker before the program. */
const OOM_SCORE = 500;

type AnyPipeline = ModelPipeline<unknown, unknown>;

const pipelines = new Map<TaskName, AnyPipeline>();

/** When the parent has gone meanwhile, nobody hears it: 'disconnect' ends the worker. */
const say = (message: WorkerMessage): void => {
  process.send?.(message, () => undefined);
};

async function load({ task, card, directory, module }: WorkerCommand & { type: 'load' }): Promise<void> {
  const sessions: TensorSession[] = [];
  const openSession = async (file: string): Promise<TensorSession> => {
    const session = await openOnnxSession(path.join(directory, file), card.device, (text) => { say({ type: 'notice', text }); });
    sessions.push(session);
    return session;
  };
  try {
    const { createPipeline } = (await import(module)) as { createPipeline: PipelineFactory<unknown, unknown> };
    const pipeline = await createPipeline({ card, directory, openSession });
    await pipeline.run([WARM_UP_INPUTS[task]]);
    pipelines.set(task, pipeline);
  } catch (error) {
    await Promise.all(sessions.map((session) => session.close()));
    throw error;
  }
}

async function runItems(pipeline: AnyPipeline, inputs: readonly unknown[]): Promise<ItemResult[]> {
  try {
    const outputs = await pipeline.run(inputs);
    if (outputs.length !== inputs.length) throw new MillraceError('MILL_MODEL_FAILED', `The pipeline gave ${outputs.length} outputs for ${inputs.length} inputs`);
    return outputs.map((output) => ({ output }));
  } catch (error) {
    if (inputs.length === 1) return [{ error: toWire(error) }];
    // One bad item must not fail its neighbours.
    const results: ItemResult[] = [];
    for (const input of inputs) results.push(...(await runItems(pipeline, [input])));
    return results;
  }
}

async function answer(request: WorkerRequest): Promise<void> {
  try {
    if (request.type === 'load') {
      await load(request);
      say({ type: 'loaded', id: request.id });
      return;
    }
    const pipeline = pipelines.get(request.task);
    if (pipeline === undefined) throw new MillraceError('MILL_MODEL_FAILED', `Task ${request.task} is not loaded in this worker`);
    const start = performance.now();
    const results = await runItems(pipeline, request.inputs);
    say({ type: 'ran', id: request.id, results, computeMs: performance.now() - start });
  } catch (error) {
    say({ type: 'failed', id: request.id, error: toWire(error) });
  }
}

let last = Promise.resolve();
process.on('message', (request: WorkerRequest) => {
  last = last.then(() => answer(request));
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
await writeFile('/proc/self/oom_score_adj', String(OOM_SCORE)).catch(() => undefined);
say({ type: 'ready' });
