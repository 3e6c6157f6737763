/**
 * Kinds of values. A setting comes as text (variable, command line) or as a YAML value (file): `fromText` makes the one
 * the other, `schema` checks it, and `expects` is what a message says where it does not fit.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

export interface Kind<T> {
  readonly expects: string;
  readonly schema: z.ZodType<T>;
  readonly fromText: (text: string) => unknown;
  /** Of a value that names a file or folder: against the folder of the file that has it, or the working directory. */
  readonly resolve?: (value: unknown, folder: string) => unknown;
}

/** A file that was named, and what is in it. */
export interface PemFile {
  readonly file: string;
  readonly pem: string;
}

const same = (text: string): unknown => text;

export const text = (expects = 'text'): Kind<string> => ({ expects, schema: z.string().min(1), fromText: same });

export const matching = (pattern: RegExp, expects: string): Kind<string> => ({ expects, schema: z.string().regex(pattern), fromText: same });

export const oneOf = <const T extends readonly [string, ...string[]]>(names: T): Kind<T[number]> => ({
  expects: `one of ${names.join(', ')}`, schema: z.enum(names), fromText: same,
});

export const trueOrFalse = (): Kind<boolean> => ({ expects: 'true or false', schema: z.boolean(), fromText: asBoolean });

export const wholeNumber = (least: number, most: number = 2 ** 31 - 1): Kind<number> => ({
  expects: `a whole number from ${least} to ${most}`, schema: z.int().min(least).max(most), fromText: (given) => (/^-?\d+$/.test(given.trim()) ? Number(given) : given),
});

/** Of folders: each against the folder of the file that has it, or the working directory. */
export const folderPaths = (): Kind<readonly string[]> => ({
  ...listOf(folderPath(), 'paths of folders'), resolve: (value, folder) => (Array.isArray(value) ? value.map((item: unknown) => resolvePath(item, folder)) : typeof value === 'string' ? asList(value).map((item) => resolvePath(item, folder)) : value),
});

/** Without user and password: these have settings of their own, which nothing prints. */
export const url = (): Kind<string> => ({
  expects: 'a URL that begins with http:// or https://',
  schema: z.url({ protocol: /^https?$/, abort: true }).refine(withoutCredentials, { error: 'user and password have settings of their own: leave them out of the URL' }),
  fromText: same,
});

/** Of a server that has nothing below it. */
export const origin = (): Kind<string> => ({
  ...url(), schema: url().schema.refine((address) => URL.canParse(address) && address.replace(/\/$/, '') === new URL(address).origin, { error: 'expected scheme, host and port and nothing behind them, such as http://localhost:9000' }),
});

export const folderPath = (): Kind<string> => ({ expects: 'a path', schema: z.string().min(1), fromText: same, resolve: resolvePath });

/** A file with certificates, read and looked into at once: what is wrong with it is said before anything starts. */
export const pemFile = (): Kind<PemFile> => ({ expects: 'the path of a PEM file', schema: z.string().min(1).transform(readPem), fromText: same, resolve: resolvePath });

export const trueFalseOrPemFile = (): Kind<boolean | PemFile> => ({
  expects: 'true, false or the path of a PEM file',
  schema: z.union([z.boolean(), z.string().min(1)]).transform((value, context): boolean | PemFile => (typeof value === 'boolean' ? value : readPem(value, context))),
  fromText: asBoolean, resolve: resolvePath,
});

/** A YAML list, or text with commas between. */
export const listOf = <T>(item: Kind<T>, expects: string): Kind<readonly T[]> => ({
  expects: `${expects}: a list, or text with commas between`,
  schema: z.preprocess((value) => (typeof value === 'string' ? asList(value) : value), z.array(item.schema).min(1)),
  fromText: asList,
});

function asBoolean(given: string): unknown {
  const word = given.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : given;
}

const asList = (given: string): string[] => given.split(',').map((part) => part.trim()).filter((part) => part !== '');

const withoutCredentials = (address: string): boolean => {
  const { username, password } = new URL(address);
  return username === '' && password === '';
};

function resolvePath(value: unknown, folder: string): unknown {
  if (typeof value !== 'string' || value === '') return value;
  return path.resolve(folder, value.startsWith('~/') ? path.join(homedir(), value.slice(2)) : value);
}

function readPem(file: string, context: z.RefinementCtx): PemFile {
  const [pem, reason] = readText(file);
  if (pem?.includes('-----BEGIN') === true) return { file, pem };
  context.addIssue({ code: 'custom', message: pem === null ? `${file} cannot be read: ${reason}` : `${file} is no PEM file: it has no -----BEGIN` });
  return z.NEVER;
}

/** The text of a file, or why there is none. */
export function readText(file: string): [text: string, reason: ''] | [text: null, reason: string] {
  try {
    return [readFileSync(file, 'utf8'), ''];
  } catch (error) {
    return [null, reasonOf(error)];
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file', EACCES: 'you may not read it', EPERM: 'you may not read it', EISDIR: 'it is a folder', ENOTDIR: 'a part of its path is no folder', ELOOP: 'too many links',
};

export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
