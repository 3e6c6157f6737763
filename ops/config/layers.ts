/**
 * What was given, by whom: the command line before the environment before the file. Read at once and without waiting, so
 * that a command knows its data directory; the local stack, which lies in that directory, and the defaults come later.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { shortPath } from '../paths.ts';
import { PATHS, rowOf, type SettingPath } from './config.ts';
import { check } from './check.ts';
import { CONFIG_VARIABLE, fromText, readEnvironment } from './environment.ts';
import type { Given, Origin, Problem } from './given.ts';
import { readYamlFile } from './yaml-file.ts';

export interface ConfigSources {
  /** Options of the command line by their names as commander has them: `metricsPort`. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Has millrace.yaml unless one is named, and is where relative paths begin. @default that of the process */
  readonly workingDirectory?: string;
}

export interface Checked {
  readonly value: unknown;
  readonly origin: Origin;
}

export interface Layers {
  /** What wins, checked. */
  readonly chosen: ReadonlyMap<SettingPath, Checked>;
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
  /** That was read; short. */
  readonly file: string | null;
}

const DEFAULT_FILE = 'millrace.yaml';
/** As some write it. */
const MISNAMED_FILE = 'millrace.yml';

export function readLayers({ options = {}, env = process.env, workingDirectory = process.cwd() }: ConfigSources = {}): Layers {
  const [name, namedBy] = fileName(options, env);
  const file = path.resolve(workingDirectory, name);
  const settings = readYamlFile(file, { named: namedBy, workingDirectory });
  const environment = readEnvironment(env, workingDirectory);
  const problems: Problem[] = [...(settings?.problems ?? []), ...environment.problems];
  const chosen = new Map<SettingPath, Checked>();
  // The last one wins; what it covers is checked too, since it may win tomorrow.
  for (const layer of [settings?.given ?? new Map<SettingPath, Given>(), environment.given, commandLine(options, workingDirectory)]) {
    for (const [setting, given] of layer) {
      const checked = check(setting, given);
      if ('problem' in checked) problems.push(checked.problem);
      else chosen.set(setting, { value: checked.value, origin: given.origin });
    }
  }
  const misnamed = settings === null && existsSync(path.join(workingDirectory, MISNAMED_FILE));
  const notices = [...environment.notices, ...(misnamed ? [`${MISNAMED_FILE} is not read: call it ${DEFAULT_FILE}, or name it by --config`] : [])];
  return { chosen, problems, notices, file: settings === null ? null : shortPath(file, workingDirectory) };
}

function fileName(options: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): [name: string, namedBy: string | null] {
  if (typeof options['config'] === 'string') return [options['config'], '--config'];
  const variable = env[CONFIG_VARIABLE] ?? '';
  return variable === '' ? [DEFAULT_FILE, null] : [variable, CONFIG_VARIABLE];
}

function commandLine(options: Readonly<Record<string, unknown>>, folder: string): Map<SettingPath, Given> {
  const given = new Map<SettingPath, Given>();
  for (const setting of PATHS) {
    const { option } = rowOf(setting);
    if (option === undefined) continue;
    const text = options[option.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof text === 'string') given.set(setting, { value: fromText(setting, text), origin: { from: 'option', option }, folder });
  }
  return given;
}

/** A path that was chosen; undefined where the default holds. @throws MillraceError MILL_CONFIG_INVALID where nobody can know */
export function chosenPath({ chosen, problems }: Layers, setting: 'data' | 'cache'): string | undefined {
  const blocking = problems.filter((problem) => problem.setting === setting || problem.setting === null);
  if (blocking.length > 0) throw invalid(blocking);
  return chosen.get(setting)?.value as string | undefined;
}

/** All that is wrong, in one error. */
export function invalid(problems: readonly Problem[]): MillraceError {
  const lines = [...new Set(problems.map(({ text }) => text))];
  const [first = ''] = lines;
  return new MillraceError('MILL_CONFIG_INVALID', lines.length === 1 ? first : `${lines.length} things are wrong with the configuration:\n  ${lines.join('\n  ')}`, {
    hint: 'docs/configuration.md has all settings; ./millrace config check tells whether they fit.',
  });
}
