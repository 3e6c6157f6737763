/**
 * Moments with vectors into Elasticsearch: our writer against the bulk helper of `@elastic/elasticsearch`, on the same server,
 * with the same documents and the same mapping. Method and figures: README.md.
 *
 *   node --import tsx bench/sink/main.ts [--rounds N]
 *
 * MILLRACE_BENCH_MOMENTS sets how many moments a round writes (20,000); MILLRACE_TEST_ELASTICSEARCH names a server that
 * is to be used, instead of one that is started for this.
 */
import { roundsFromArgs, runBenchmark } from '../harness.ts';
import { withServer } from './server.ts';
import { SinkBench } from './writers.ts';

const rounds = roundsFromArgs();
const count = Number(process.env['MILLRACE_BENCH_MOMENTS'] ?? 20_000);

await withServer(async (url) => {
  const bench = new SinkBench(url, count);
  try {
    const ours = (): Promise<number> => bench.millrace();
    await runBenchmark({ name: `sink-${count}`, unit: 'documents/s', rounds, ours, peer: () => bench.bulkHelper('numbers') });
    await runBenchmark({ name: `sink-${count}-peer-with-base64`, unit: 'documents/s', rounds, ours, peer: () => bench.bulkHelper('base64') });
  } finally {
    await bench.close();
  }
});
