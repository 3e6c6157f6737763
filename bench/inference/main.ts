/**
 * The inference stage against bare ONNX Runtime: images a second through ModelHost.run from concurrent callers, with one
 * worker, against InferenceSession.run in a loop with the same batch size, threads and options. README.md has the method.
 *
 *   node --import tsx bench/inference/main.ts [--rounds N]
 *
 * MILLRACE_BENCH_IMAGES sets how many images a round takes (160).
 */
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { fetchModels } from '../../ops/models/index.ts';
import { resolvePaths } from '../../ops/paths.ts';
import { loadModelCards, modelDirectory, openModelHost } from '../../processors/inference/index.ts';
import { roundsFromArgs, runBenchmark } from '../harness.ts';

const PIXEL_BYTES = 224 * 224 * 3;
/** Callers at once, in batches: while one batch runs the next one gathers. */
const BATCHES_IN_FLIGHT = 2;

const rounds = roundsFromArgs();
const images = Number(process.env['MILLRACE_BENCH_IMAGES'] ?? 160);

const { cache: cacheDirectory } = resolvePaths();
await fetchModels({ cacheDirectory, tasks: ['image-text'], log: console.error });
const modelsDirectory = path.join(cacheDirectory, 'models');
const card = (await loadModelCards()).find(({ task }) => task === 'image-text');
if (card === undefined) throw new Error('no card for image-text');
const { maxBatch } = card.batch;

const pixels = Uint8Array.from({ length: PIXEL_BYTES }, (_, index) => (index * 31) & 255);
const host = await openModelHost({ modelsDirectory, workers: 1, pipelines: { 'image-text': new URL('raw-image.pipeline.ts', import.meta.url).href } });
const session = await InferenceSession.create(path.join(modelDirectory(modelsDirectory, card), 'image_text.onnx'),
  { intraOpNumThreads: 1, interOpNumThreads: 1, enableCpuMemArena: false, executionProviders: ['cpu'] });

async function throughHost(): Promise<void> {
  let left = images;
  await Promise.all(Array.from({ length: maxBatch * BATCHES_IN_FLIGHT }, async () => {
    while (left-- > 0) await host.run('image-text', { jpeg: pixels });
  }));
}

async function bare(): Promise<void> {
  const batch = new Uint8Array(maxBatch * PIXEL_BYTES);
  for (let index = 0; index < maxBatch; index += 1) batch.set(pixels, index * PIXEL_BYTES);
  for (let done = 0; done < images; done += maxBatch) await session.run({ pixels: new Tensor('uint8', batch, [maxBatch, 224, 224, 3]) }, ['joint']);
}

async function imagesPerSecond(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return images / ((performance.now() - start) / 1000);
}

await host.warmUp(['image-text']);
await runBenchmark({ name: 'inference', unit: 'images/s', rounds, ours: () => imagesPerSecond(throughHost), peer: () => imagesPerSecond(bare) });
const [stats] = host.stats().tasks.filter(({ task }) => task === 'image-text');
console.error(`batches of ${((stats?.items ?? 0) / (stats?.batches ?? 1)).toFixed(2)} on average, of ${maxBatch} at most`);
await host.close();
await session.release();
