/** `millrace run`: keeps an instance running until it is told to stop; other commands reach it over its socket. */
import type { Command } from 'commander';
import { startInstance } from '../../instance/index.ts';
import { stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { prepare } from '../prepare.ts';
import { createProblemNotes } from '../problems.ts';
import { printable } from '../terminal.ts';

const WATCH_EVERY_MS = 2000;

export const register: Register = (program) => {
  program
    .command('run')
    .description('run the topology until Ctrl-C; add, remove, status and search work beside it')
    .addHelpText('after', '\nCtrl-C and SIGTERM end it in order, with exit code 0.\n\nExample:\n  millrace run &\n  millrace add ~/Videos')
    .action(async (_options: unknown, command: Command) => {
      await run(stoppableContextOf(command));
    });
};

async function run(context: CommandContext): Promise<void> {
  const { terminal, paths, signal, notice } = context;
  await prepare(context);
  const instance = await startInstance(paths, { notice, signal });
  terminal.note(`running, data in ${printable(paths.data)}; stop with Ctrl-C`);
  const noteProblems = createProblemNotes(terminal);
  const watch = setInterval(() => void instance.status().then(noteProblems, () => undefined), WATCH_EVERY_MS);
  try {
    if (!signal.aborted) await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => { resolve(); }, { once: true });
      instance.failed.catch(reject);
    });
  } finally {
    clearInterval(watch);
    await instance.close();
  }
}
