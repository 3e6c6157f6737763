/** The program: one command a file in commands/. Errors end here, as a message, a hint and an exit code. */
import { Command, CommanderError } from 'commander';
import { toMillraceError } from '../../connectors/ports/index.ts';
import { register as add } from './commands/add.ts';
import { register as demo } from './commands/demo.ts';
import { register as doctor } from './commands/doctor.ts';
import { register as models } from './commands/models.ts';
import { register as remove } from './commands/remove.ts';
import { register as run } from './commands/run.ts';
import { register as search } from './commands/search.ts';
import { register as status } from './commands/status.ts';
import { register as test } from './commands/test.ts';
import { register as topology } from './commands/topology.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';

const HELP = `
Examples:
  millrace demo                          set everything up, process samples/, answer five searches
  millrace add ~/Videos talk.mp3         process files and folders
  millrace search "a cat on a sofa"      find the moment
  millrace status                        what is done, what is waiting, what failed

Exit codes:
  0 success   1 unexpected failure   2 wrong command or configuration   3 something is missing (the message says what)
  4 finished, but some assets were rejected or are partial, or nothing was found   130 interrupted`;

const program = new Command('millrace')
  .description('Makes media searchable while it arrives: a Kafka-Streams-style stream processor for video, audio, images and text.')
  .option('--data <folder>', 'data directory of the embedded profile (default: $MILLRACE_DATA or .millrace)')
  .addHelpText('after', HELP)
  .showHelpAfterError('(millrace --help shows the commands)')
  .exitOverride();

for (const register of [demo, add, run, search, status, remove, topology, models, doctor, test]) register(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    const { code, message, hint, stack } = toMillraceError(error);
    process.stderr.write(`millrace: ${message} [${code}]\n${hint === '' ? '' : `  ${hint}\n`}`);
    if (process.env['MILLRACE_DEBUG'] !== undefined) process.stderr.write(`${stack ?? ''}\n`);
    process.exitCode = exitCodeOf(toMillraceError(error));
  }
}

// A native call that does not come back, on a disk that does not answer, must not keep a program that is done.
setTimeout(() => { process.exit(); }, 5000).unref();
