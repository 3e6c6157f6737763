/** Settings of the environment. An empty variable counts as absent, as shells and docker-compose make them. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { PATHS, rowOf, type SettingPath } from './config.ts';
import type { Given, Problem } from './given.ts';
import { readText } from './kinds.ts';
import { nearest } from './nearest.ts';

export interface EnvironmentSettings {
  readonly given: ReadonlyMap<SettingPath, Given>;
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
}

export const CONFIG_VARIABLE = 'MILLRACE_CONFIG';
/** Read elsewhere: they set how the program is found, tested and debugged. */
const OTHERS: ReadonlySet<string> = new Set([CONFIG_VARIABLE, 'MILLRACE_DEBUG']);
const OTHER_PREFIXES = ['MILLRACE_TEST_', 'MILLRACE_BENCH_', 'MILLRACE_FAULT_'];
/** A file that is larger holds something else. */
const MAX_SECRET_BYTES = 64 * 1024;

export function readEnvironment(env: NodeJS.ProcessEnv, workingDirectory: string): EnvironmentSettings {
  const given = new Map<SettingPath, Given>();
  const problems: Problem[] = [];
  for (const setting of PATHS) {
    const { variable, secret } = rowOf(setting);
    const fileVariable = `${variable}_FILE`;
    const text = env[variable] ?? '';
    const file = secret === true ? env[fileVariable] ?? '' : '';
    if (text !== '' && file !== '') problems.push({ setting, text: `${variable} and ${fileVariable} are both set: leave one out` });
    else if (text !== '') given.set(setting, { value: fromText(setting, text), origin: { from: 'variable', variable }, folder: workingDirectory });
    else if (file !== '') {
      const [value, reason] = readSecret(path.resolve(workingDirectory, file));
      if (value === null) problems.push({ setting, text: `${fileVariable}: ${file}: ${reason}` });
      else given.set(setting, { value, origin: { from: 'variable', variable: fileVariable, file }, folder: workingDirectory });
    }
  }
  return { given, problems, notices: unknownVariables(env) };
}

export const fromText = (setting: SettingPath, text: string): unknown => rowOf(setting).kind.fromText(text);

/** Without the newline that an editor or `echo` leaves at its end. */
function readSecret(file: string): [value: string, reason: ''] | [value: null, reason: string] {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isFile() === true && stats.size > MAX_SECRET_BYTES) return [null, `it has ${stats.size} bytes; a secret has at most ${MAX_SECRET_BYTES}`];
  if (stats !== undefined && !stats.isFile() && !stats.isDirectory()) return [null, 'it is no regular file'];
  const [text, reason] = readText(file);
  if (text === null) return [null, reason];
  const value = text.replace(/\r?\n$/, '');
  return value === '' ? [null, 'it is empty'] : [value, ''];
}

function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const rows = PATHS.map((setting) => ({ setting, ...rowOf(setting) }));
  const known = new Set([...OTHERS, ...rows.flatMap(({ variable, secret }) => (secret === true ? [variable, `${variable}_FILE`] : [variable]))]);
  const candidates = [
    ...[...known].map((name) => ({ spelling: withoutPrefix(name), name })),
    ...rows.map(({ setting, variable }) => ({ spelling: setting, name: variable })),
  ];
  return Object.keys(env)
    .filter((name) => name.startsWith('MILLRACE_') && !known.has(name) && !OTHER_PREFIXES.some((prefix) => name.startsWith(prefix)))
    .map((name) => {
      const meant = nearest(withoutPrefix(name), candidates);
      return `nothing reads the variable ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    });
}

const withoutPrefix = (name: string): string => name.replace(/^MILLRACE_/, '');
