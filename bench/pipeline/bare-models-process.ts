/** The far side of bare-models.ts: runs the batch whose number it is sent. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize } from 'node:v8';
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { chooseCards, loadModelCards, modelDirectory } from '../../processors/inference/index.ts';
import type { ModelPipeline, PipelineFactory, TaskName, Tensor, TensorSession } from '../../processors/inference/index.ts';
import { PIPELINE_MODULES } from '../../processors/inference/pipelines.ts';
import type { Batch } from './bare-models.ts';

const [file = '', modelsDirectory = ''] = process.argv.slice(2);
const FATAL_ONLY = 4;
env.logLevel = 'fatal';

let cpuMicros = 0;

/** What the pipelines take for a session, with a clock around the bare one's `run`. */
async function openSession(onnxFile: string): Promise<TensorSession> {
  const session = await InferenceSession.create(onnxFile, { intraOpNumThreads: 1, interOpNumThreads: 1, enableCpuMemArena: false, logSeverityLevel: FATAL_ONLY, executionProviders: ['cpu'] });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, outputs) {
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new OrtTensor(type, data as Uint8Array, dims)]));
      const before = process.cpuUsage();
      const results = await (outputs === undefined ? session.run(inputs) : session.run(inputs, outputs));
      const { user, system } = process.cpuUsage(before);
      cpuMicros += user + system;
      return Object.fromEntries(Object.entries(results).map(([name, { type, dims, data }]) => [name, { type, dims, data } as Tensor]));
    },
    close: () => session.release(),
  };
}

const pipelines = new Map<TaskName, ModelPipeline<unknown, unknown>>();
for (const [task, card] of chooseCards(await loadModelCards(), {})) {
  const directory = modelDirectory(modelsDirectory, card);
  const { createPipeline } = (await import(PIPELINE_MODULES[task])) as { createPipeline: PipelineFactory<unknown, unknown> };
  pipelines.set(task, await createPipeline({ card, directory, openSession: (name) => openSession(path.join(directory, name)) }));
}
const batches = deserialize(await readFile(file)) as Batch[];

process.on('disconnect', () => process.exit(0));
process.on('message', (number: number) => {
  void (async () => {
    cpuMicros = 0;
    const batch = batches[number];
    if (batch !== undefined) await pipelines.get(batch.task)?.run(batch.inputs);
    process.send?.({ cpuSeconds: cpuMicros / 1e6 });
  })();
});
process.send?.('ready');
