/** Starts a stack and never stops it. Prints the process ids; then waits to be killed, or ends by itself when told so. */
import { startKafkaStack } from '../../../ops/stack/index.ts';

const [directory = '', end = ''] = process.argv.slice(2);
const stack = await startKafkaStack({ directory });
process.stdout.write(`${stack.broker(1).pid}\n`);
if (end === 'waits') setInterval(() => undefined, 60_000);
