/** The configuration as the program uses it: complete and checked, nested like the file, typed from the table. */
import type { Setting } from './setting.ts';
import { SETTINGS } from './settings.ts';

type Table = typeof SETTINGS;
export type SettingPath = keyof Table;
type Value<P extends SettingPath> = Table[P] extends Setting<infer T> ? T : never;
type Grouped = Extract<SettingPath, `${string}.${string}`>;
type Group = Grouped extends infer P ? (P extends `${infer G}.${string}` ? G : never) : never;
/** Has a value in every configuration. */
type Derived = 'profile' | 'data' | 'cache';

/** Each setting by its path; `undefined` where it is not given and has no default. */
export type Values = { readonly [P in SettingPath]: P extends Derived ? NonNullable<Value<P>> : Value<P> };

export type Config =
  & { readonly [P in Exclude<SettingPath, Grouped>]: Values[P] }
  & { readonly [G in Group]: { readonly [P in Extract<Grouped, `${G}.${string}`> as P extends `${G}.${infer N}` ? N : never]: Values[P] } };

export const PATHS = Object.keys(SETTINGS) as readonly SettingPath[];

/** A row without its type, for what treats all rows alike. */
export const rowOf = (path: SettingPath): Setting => SETTINGS[path];

/** The last part of a path, and what stands before it. */
export function splitPath(path: string): [group: string | null, name: string] {
  const dot = path.indexOf('.');
  return dot === -1 ? [null, path] : [path.slice(0, dot), path.slice(dot + 1)];
}

export function nest(values: Values): Config {
  const config: Record<string, unknown> = {};
  const groups: Record<string, Record<string, unknown>> = {};
  for (const path of PATHS) {
    const [group, name] = splitPath(path);
    if (group === null) config[name] = values[path];
    else (groups[group] ??= {})[name] = values[path];
  }
  return { ...config, ...groups } as Config;
}
