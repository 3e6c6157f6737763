/** One row of the table of settings. */
import type { Kind } from './kinds.ts';

interface Row<T> {
  readonly kind: Kind<T>;
  readonly variable: string;
  /** Of the command line, with its dashes. */
  readonly option?: string;
  /** Where the default is not one value: what it is. */
  readonly defaultText?: string;
  /** With the unit, where there is one. One line, since it stands in a table. */
  readonly description: string;
  /** Is printed nowhere, is refused in the file, and may come from a file that `<variable>_FILE` names. */
  readonly secret?: boolean;
  /** Why it cannot stand in the file. */
  readonly notInFile?: string;
}

/** `T` includes `undefined` where the setting may be left out and has no default. */
export interface Setting<T = unknown> extends Row<NonNullable<T>> {
  readonly default?: T;
}

export function setting<T>(row: Row<NonNullable<T>> & { readonly default: NoInfer<T> }): Setting<T>;
export function setting<T>(row: Row<NonNullable<T>>): Setting<T | undefined>;
export function setting(row: Setting): Setting {
  return row;
}
