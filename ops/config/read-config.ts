/**
 * The configuration of this process, whole: command line, environment, file, local stack, defaults, in this order.
 *
 *     const { config, notices } = await readConfig({ options: command.optsWithGlobals() });
 *     config.elasticsearch.url
 */
import { resolvePaths } from '../paths.ts';
import { nest, PATHS, rowOf, type Config, type SettingPath, type Values } from './config.ts';
import type { Origin } from './given.ts';
import { invalid, readLayers, type ConfigSources, type Layers } from './layers.ts';
import { brokenRules, surprises, type Whole } from './rules.ts';
import { addStack, type FindStack } from './stack-settings.ts';

export interface ReadConfigOptions extends ConfigSources {
  /** What was read of the same sources already. */
  readonly layers?: Layers;
  /** @default that of ops/stack */
  readonly findStack?: FindStack;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly values: Values;
  /** Of each setting that has a value. */
  readonly origins: Readonly<Partial<Record<SettingPath, Origin>>>;
  /** The file that was read, if there is one. */
  readonly file: string | null;
  /** What a person should know, though nothing is wrong. */
  readonly notices: readonly string[];
}

/** @throws MillraceError MILL_CONFIG_INVALID, with everything that is wrong */
export async function readConfig(options: ReadConfigOptions = {}): Promise<LoadedConfig> {
  const layers = options.layers ?? readLayers(options);
  const chosen = new Map(layers.chosen);
  const paths = resolvePaths({ data: chosen.get('data')?.value as string | undefined, cache: chosen.get('cache')?.value as string | undefined, env: options.env });
  // Where the data directory is not known for sure, nobody knows which stack is meant.
  if (layers.problems.every(({ setting }) => setting !== null && setting !== 'data')) await addStack(chosen, paths.data, options.findStack);
  const derived: Partial<Record<SettingPath, unknown>> = { data: paths.data, cache: paths.cache, profile: chosen.has('kafka.brokers') ? 'cluster' : 'embedded' };
  const values: Record<string, unknown> = {};
  const origins: Partial<Record<SettingPath, Origin>> = {};
  for (const setting of PATHS) {
    const { value, origin } = chosen.get(setting) ?? { value: derived[setting] ?? rowOf(setting).default, origin: { from: 'default' } as const };
    values[setting] = value;
    if (value !== undefined) origins[setting] = origin;
  }
  const whole: Whole = { values: values as Whole['values'], origins, broken: new Set(layers.problems.flatMap(({ setting }) => setting ?? [])) };
  const problems = [...layers.problems, ...(layers.problems.some(({ setting }) => setting === null) ? [] : brokenRules(whole))];
  if (problems.length > 0) throw invalid(problems);
  return { config: nest(values as Values), values: values as Values, origins, file: layers.file, notices: [...layers.notices, ...surprises(whole)] };
}
