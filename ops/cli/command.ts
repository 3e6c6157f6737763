/** What every command is given, and how each one joins the program. */
import type { Command } from 'commander';
import { resolvePaths, type Paths } from '../paths.ts';
import { openTerminal, type Terminal } from './terminal.ts';

export interface GlobalOptions {
  readonly data?: string;
}

export interface CommandContext {
  readonly terminal: Terminal;
  readonly paths: Paths;
  /** Ends when the user presses Ctrl-C or the process is told to stop. */
  readonly signal: AbortSignal;
}

export type Register = (program: Command) => void;

/** Context for an action; `signal` follows SIGINT and SIGTERM, a second one of which ends the process at once. */
export function contextOf(command: Command): CommandContext {
  const options = command.optsWithGlobals<GlobalOptions>();
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { terminal: openTerminal(), paths: resolvePaths({ data: options.data }), signal: controller.signal };
}
