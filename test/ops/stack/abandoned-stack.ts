/** Starts a server and never stops it. Prints its process id; then waits to be killed, or ends by itself when told so. */
import { startElasticsearch, startKafkaStack, startS3 } from '../../../ops/stack/index.ts';

const [directory = '', end = '', kind = 'kafka'] = process.argv.slice(2);
const start = {
  kafka: async () => (await startKafkaStack({ directory })).broker(1).pid,
  elasticsearch: async () => (await startElasticsearch({ directory })).pid,
  s3: async () => (await startS3({ directory })).pid,
}[kind];
process.stdout.write(`${(await start?.()) ?? 0}\n`);
if (end === 'waits') setInterval(() => undefined, 60_000);
