/** Each setting with its value and where that comes from, as `millrace config explain` prints it. Secrets are masked. */
import { PATHS, rowOf } from './config.ts';
import { describeOrigin, type Origin } from './given.ts';
import type { LoadedConfig } from './read-config.ts';

export interface Explained {
  readonly setting: string;
  /** As it is used; of a secret only that it is there; `null` where there is none. */
  readonly value: unknown;
  /** `null` where nobody gave a value and there is no default. */
  readonly origin: Origin | null;
  readonly secret: boolean;
  readonly description: string;
  /** The value and the origin, for people. */
  readonly text: { readonly value: string; readonly origin: string };
}

const MASK = '********';

export function explain({ values, origins }: LoadedConfig): Explained[] {
  return PATHS.map((setting) => {
    const { secret = false, description, defaultText } = rowOf(setting);
    const origin = origins[setting] ?? null;
    const value = origin === null ? null : secret ? MASK : plain(values[setting]);
    const text = {
      value: value === null ? defaultText?.replaceAll('`', '') ?? '-' : asText(value),
      origin: origin === null ? (defaultText === undefined ? 'not set' : 'default') : describeOrigin(origin),
    };
    return { setting, value, origin, secret, description, text };
  });
}

/** Scalars as they are, a list with commas between. */
export const asText = (value: unknown): string => (Array.isArray(value) ? value.map(asText).join(', ') : typeof value === 'string' ? value : JSON.stringify(value));

/** Of a file that was read, its name is what the user gave. */
const plain = (value: unknown): unknown => (typeof value === 'object' && value !== null && 'pem' in value && 'file' in value ? value.file : value);
