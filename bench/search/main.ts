/**
 * An exact vector search of the embedded index, with its rows, filters and joins, against a bare loop over one typed
 * array in memory that gives numbers and nothing else. Method and figures: README.md.
 *
 *   node --import tsx bench/search/main.ts [--rounds N]
 *
 * MILLRACE_BENCH_MOMENTS sets how many moments there are (100,000).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSearchIndex } from '../../connectors/embedded/search/index.ts';
import { median, roundsFromArgs, runBenchmark } from '../harness.ts';
import { fillIndex, measureDelay } from './measures.ts';
import { DIMENSIONS, SyntheticMoments } from './synthetic-moments.ts';

const TOP = 20;
const QUERIES_A_ROUND = 5;
const rounds = roundsFromArgs();
const count = Number(process.env['MILLRACE_BENCH_MOMENTS'] ?? 100_000);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
const index = await openSearchIndex({ directory });
try {
  const vectors = new Float32Array(count * DIMENSIONS);
  const rate = await fillIndex(index, count, (number, vector) => { vectors.set(vector, number * DIMENSIONS); });
  note(`${count} moments written in calls of 500: ${Math.round(rate)} a second`);

  const queries = new SyntheticMoments(5);
  const timed = async (work: () => unknown): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < QUERIES_A_ROUND; i += 1) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
    return median(times);
  };

  const bareLoop = (query: Float32Array): number[] => {
    const top: { readonly row: number; readonly dot: number }[] = [];
    let least = -Infinity;
    for (let row = 0, at = 0; row < count; row += 1) {
      let dot = 0;
      for (let i = 0; i < DIMENSIONS; i += 1, at += 1) dot += (vectors[at] ?? 0) * (query[i] ?? 0);
      if (dot <= least) continue;
      top.push({ row, dot });
      top.sort((a, b) => b.dot - a.dot);
      if (top.length > TOP) top.pop();
      if (top.length === TOP) least = top.at(-1)?.dot ?? -Infinity;
    }
    return top.map(({ row }) => row);
  };

  const probe = queries.vector();
  const expected = bareLoop(probe).map((number) => `moment-${number}`);
  const found = (await index.searchVector(probe, TOP, {})).map((hit) => hit.moment.id);
  note(`recall@${TOP} against the loop: ${expected.filter((id) => found.includes(id)).length / TOP}`);
  note(`vectors of frames only: ${(await timed(() => index.searchVector(queries.vector(), TOP, { modalities: ['frame'] }))).toFixed(1)} ms`);
  note(`vectors of one asset: ${(await timed(() => index.searchVector(queries.vector(), TOP, { assetIds: ['asset-3'] }))).toFixed(1)} ms`);
  note(`words, three: ${(await timed(() => index.searchText(queries.text(3), TOP, {}))).toFixed(1)} ms`);
  note(`longest stop of the event loop during vector searches: ${(await measureDelay(() => timed(() => index.searchVector(queries.vector(), TOP, {})))).toFixed(1)} ms`);

  await runBenchmark({
    name: `search-exact-vectors-${count}`,
    unit: 'ms',
    rounds,
    ours: () => timed(() => index.searchVector(queries.vector(), TOP, {})),
    peer: () => timed(() => bareLoop(queries.vector())),
  });
} finally {
  await index.close();
  await rm(directory, { recursive: true, force: true });
}
