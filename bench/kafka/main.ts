/**
 * The engine on Kafka beside Kafka Streams for Java, and beside bare loops on the client libraries. Method: README.md.
 *
 *   node --import tsx bench/kafka/main.ts [--rounds N] [kafka-dedup] [kafka-restore]
 *
 * MILLRACE_BENCH_RECORDS sets how many records there are, and how many entries are restored (500,000).
 */
import { parseArgs } from 'node:util';
import { roundsFromArgs } from '../harness.ts';
import { Cluster } from './cluster.ts';
import { dedup } from './dedup.ts';
import { restore } from './restore.ts';

const benchmarks = { 'kafka-dedup': dedup, 'kafka-restore': restore };

const rounds = roundsFromArgs();
const records = Number(process.env['MILLRACE_BENCH_RECORDS'] ?? 500_000);
const { positionals } = parseArgs({ options: { rounds: { type: 'string' } }, allowPositionals: true });
const unknown = positionals.filter((name) => !(name in benchmarks));
if (unknown.length > 0) throw new RangeError(`no benchmark is named ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`);

const cluster = await Cluster.start();
try {
  for (const [name, run] of Object.entries(benchmarks)) if (positionals.length === 0 || positionals.includes(name)) await run(cluster, records, rounds);
} finally {
  await cluster.stop();
}
