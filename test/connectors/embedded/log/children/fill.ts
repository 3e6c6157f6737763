/**
 * Appends to the log in argv[2], with sync if argv[3] is `sync`, until a write does not fit the limit of file size that the process was started with, then
 * raises the limit and appends again. Prints what was acknowledged, the code of the failure, what was acknowledged after it, and what the last
 * append came to.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { openEmbeddedLog } from '../../../../../connectors/embedded/index.ts';

const log = await openEmbeddedLog({ directory: process.argv[2] as string, sync: process.argv[3] === 'sync' });
await log.ensureTopics([{ topic: 't', partitions: 1 }]);
const append = (): Promise<string> => log.produce([{ topic: 't', partition: 0, timestampMs: 0, key: null, value: randomBytes(50_000), headers: {} }])
  .then(() => 'stored', (error: unknown) => String((error as { code?: unknown }).code));

let before = 0;
let failure = await append();
while (failure === 'stored') { before++; failure = await append(); }
execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:']);
let after = 0;
let last = '';
for (let attempt = 0; attempt < 5; attempt++) {
  last = await append();
  if (last === 'stored') after++;
}
console.log(JSON.stringify({ before, failure, after, last }));
process.kill(process.pid, 'SIGKILL');
