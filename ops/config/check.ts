/** Checks one value against its row, and says what is wrong with it: where, which setting, what was expected, what came. */
import { rowOf, type SettingPath } from './config.ts';
import { describeOrigin, type Given, type Problem } from './given.ts';

const SHOWN_CHARACTERS = 60;

export function check(setting: SettingPath, { value, origin, folder }: Given): { readonly value: unknown } | { readonly problem: Problem } {
  const { kind, secret } = rowOf(setting);
  const parsed = kind.schema.safeParse(kind.resolve?.(value, folder) ?? value);
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  const wrong = Array.isArray(value) && typeof issue?.path[0] === 'number' ? (value as unknown[])[issue.path[0]] : value;
  const text = issue?.code === 'custom' ? issue.message : `expected ${kind.expects}, got ${secret === true ? 'something else' : shown(wrong)}`;
  return { problem: { setting, text: `${describeOrigin(origin)}: ${setting}: ${text}` } };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a group';
  const text = JSON.stringify(value) as string | undefined ?? 'nothing';
  // A URL with user and password is refused, and is not to be read over a shoulder.
  const safe = text.replace(/\/\/[^/@"]*@/g, '//…@');
  return safe.length > SHOWN_CHARACTERS ? `${safe.slice(0, SHOWN_CHARACTERS)}…` : safe;
}
