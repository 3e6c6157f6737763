/** Opens the log in argv[2], says so, and closes it at the first line of its input. */
import { once } from 'node:events';
import { openEmbeddedLog } from '../../../../../connectors/embedded/index.ts';

const log = await openEmbeddedLog({ directory: process.argv[2] as string });
console.log('open');
await once(process.stdin, 'data');
await log.close();
process.exit(0);
