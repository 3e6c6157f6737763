/**
 * The program: one command a file in commands/, loaded when the command line names it. Errors end here, as a message, a
 * hint and an exit code.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { toMillraceError } from '../../connectors/ports/index.ts';
import { projectFile } from '../paths.ts';
import type { Register } from './command.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';

const HELP = `
Examples:
  millrace demo                        set up, process samples/, answer five searches
  millrace add ~/Videos talk.mp3       process files and folders
  millrace search "a cat on a sofa"    find the moment
  millrace status                      what is done, what is waiting, what failed

Exit codes:
  0  success
  1  failure; the message says what, MILLRACE_DEBUG=1 also where
  2  wrong command line or configuration
  3  something is missing, and the message says how to get it
  4  finished, but assets were rejected or are partial, or nothing was found
  130  interrupted`;

/** In the order of the help. Each has its module to itself, so that a quick command does not load the slow ones. */
const COMMANDS: Readonly<Record<string, () => Promise<{ register: Register }>>> = {
  demo: () => import('./commands/demo.ts'),
  add: () => import('./commands/add.ts'),
  produce: () => import('./commands/produce.ts'),
  inbox: () => import('./commands/inbox.ts'),
  run: () => import('./commands/run.ts'),
  search: () => import('./commands/search.ts'),
  status: () => import('./commands/status.ts'),
  remove: () => import('./commands/remove.ts'),
  topology: () => import('./commands/topology.ts'),
  models: () => import('./commands/models.ts'),
  dlq: () => import('./commands/dlq.ts'),
  kibana: () => import('./commands/kibana.ts'),
  stack: () => import('./commands/stack.ts'),
  config: () => import('./commands/config.ts'),
  doctor: () => import('./commands/doctor.ts'),
  test: () => import('./commands/test.ts'),
};

const { version } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as { version: string };

const program = new Command('millrace')
  .description('Makes media searchable while it arrives: a Kafka-Streams-style stream processor for video, audio, images and text.')
  .option('--data <folder>', 'data directory (default: $MILLRACE_DATA or .millrace)')
  .option('--config <file>', 'configuration (default: $MILLRACE_CONFIG, or millrace.yaml where there is one)')
  .option('--profile <name>', 'embedded or cluster (default: cluster where Kafka brokers are known)')
  .version(`millrace ${version} (Node ${process.versions.node})`, '--version')
  .configureHelp({ showGlobalOptions: true })
  .addHelpText('after', HELP)
  .showHelpAfterError('(millrace --help shows the commands)')
  .exitOverride();

const words = process.argv.slice(2);
const named = Object.keys(COMMANDS).filter((name) => words.includes(name));
for (const name of named.length > 0 ? named : Object.keys(COMMANDS)) (await COMMANDS[name]?.())?.register(program);

// Who reads a pipe may have read enough (`| head`): what is left to do is done all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    if (stream === process.stdout) process.stderr.write(`millrace: the output cannot be written: ${message}\n`);
    process.exit(EXIT.failure);
  });
}

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
