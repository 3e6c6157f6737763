/** What every command is given, and how each one joins the program. */
import type { Command } from 'commander';
import { MillraceError } from '../../connectors/ports/index.ts';
import { chosenPath, readConfig, readLayers, type Config, type Layers, type LoadedConfig } from '../config/index.ts';
import { resolvePaths, type Paths } from '../paths.ts';
import { EXIT } from './exit-codes.ts';
import { openTerminal, type Terminal } from './terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  /** @throws MillraceError MILL_CONFIG_INVALID when the file that may name the data directory cannot be read */
  readonly paths: Paths;
  /** The configuration, read and checked when the first one asks, so that what needs none works whatever it says. @throws MillraceError MILL_CONFIG_INVALID */
  readonly config: () => Promise<Config>;
  /** The same, with where each value comes from. */
  readonly loadedConfig: () => Promise<LoadedConfig>;
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
  const notice = (line: string): void => { if (!signal.aborted) terminal.note(line); };
  const options = command.optsWithGlobals();
  const layers = once((): Layers => readLayers({ options }));
  const loadedConfig = once(async (): Promise<LoadedConfig> => {
    const loaded = await readConfig({ layers: layers() });
    for (const line of loaded.notices) notice(line);
    return loaded;
  });
  const paths = once((): Paths => resolvePaths({ data: chosenPath(layers(), 'data'), cache: chosenPath(layers(), 'cache') }));
  return { terminal, get paths() { return paths(); }, config: async () => (await loadedConfig()).config, loadedConfig, signal, notice };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
