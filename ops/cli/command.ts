/** What every command is given, and how each one joins the program. */
import type { Command } from 'commander';
import { MillraceError } from '../../connectors/ports/index.ts';
import { resolvePaths, type Paths } from '../paths.ts';
import { EXIT } from './exit-codes.ts';
import { openTerminal, type Terminal } from './terminal.ts';

export interface GlobalOptions {
  readonly data?: string;
}

export interface CommandContext {
  readonly terminal: Terminal;
  readonly paths: Paths;
  /** Aborts with MILL_INTERRUPTED when the user presses Ctrl-C or the process is told to stop. */
  readonly signal: AbortSignal;
  /** A notice about the work, to stderr. Of what happens while it is being stopped, nobody wants to hear. */
  readonly notice: (line: string) => void;
}

export type Register = (program: Command) => void;

/** Context of an action that only looks: a signal ends it at once. */
export function contextOf(command: Command): CommandContext {
  return createContext(command, new AbortController().signal);
}

/** Context of an action that works, and puts things in order when SIGINT or SIGTERM stops it. A second one ends the process at once. */
export function stoppableContextOf(command: Command): CommandContext {
  const controller = new AbortController();
  const context = createContext(command, controller.signal);
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
    controller.abort(new MillraceError('MILL_INTERRUPTED', 'Interrupted; what was submitted is kept.'));
    context.terminal.note('stopping (Ctrl-C again: at once)');
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return context;
}

function createContext(command: Command, signal: AbortSignal): CommandContext {
  const terminal = openTerminal();
  const { data } = command.optsWithGlobals<GlobalOptions>();
  return { terminal, paths: resolvePaths({ data }), signal, notice: (line) => { if (!signal.aborted) terminal.note(line); } };
}
