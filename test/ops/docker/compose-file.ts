/** docker-compose.yml as compose sees it: anchors merged, `${VAR:-default}` put in, `$$` taken for `$`. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { projectFile } from '../../../ops/paths.ts';

export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly user?: string;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly profiles?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly deploy?: { readonly resources: { readonly limits: Readonly<Record<string, string | number>>; readonly reservations?: unknown } };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export const COMPOSE_FILE = projectFile('docker-compose.yml');

/** A default may have another variable in it. */
const VARIABLE = /\$(?:(\$)|\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^{}]|\{[^{}]*\})*))?\})/g;

/** Every `${VAR}` of the text, with its default. */
export const variablesOf = (text: string): { readonly name: string; readonly fallback: string | undefined }[] =>
  [...text.matchAll(VARIABLE)].flatMap(([, dollar, name, fallback]) => (dollar === undefined && name !== undefined ? [{ name, fallback }, ...variablesOf(fallback ?? '')] : []));

/** With the variables that are given, and the defaults of the others. */
export async function readComposeFile(variables: Readonly<Record<string, string>> = {}): Promise<ComposeFile> {
  const text = await readFile(COMPOSE_FILE, 'utf8');
  return interpolate(parse(text, { merge: true }), variables) as ComposeFile;
}

function interpolate(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return value.replace(VARIABLE, (_, dollar: string | undefined, name: string, fallback = '') => dollar ?? variables[name] ?? (interpolate(fallback, variables) as string));
  if (Array.isArray(value)) return value.map((item) => interpolate(item, variables));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, variables)]));
}

/** Those that end by themselves, and that others wait for. */
export const isSetup = ({ restart, profiles = [] }: Service): boolean => restart === 'no' && !profiles.includes('cli');

/** Of `source:target:mode`. */
export const mountOf = (volume: string): { readonly source: string; readonly target: string; readonly mode: string | undefined } => {
  const [source = '', target = '', mode] = volume.split(':');
  return { source, target, mode };
};
