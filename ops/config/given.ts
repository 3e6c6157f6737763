/** A value as somebody gave it, and where. */
export type Origin =
  | { readonly from: 'option'; readonly option: string }
  /** `file`: of a variable that ends in _FILE. */
  | { readonly from: 'variable'; readonly variable: string; readonly file?: string }
  | { readonly from: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly from: 'stack' }
  | { readonly from: 'default' };

export interface Given {
  readonly value: unknown;
  readonly origin: Origin;
  /** That a path in it begins at. */
  readonly folder: string;
}

/** What is wrong, and where. */
export interface Problem {
  readonly text: string;
  /** Where nothing could be read at all, or the path of the setting that has no value now. */
  readonly setting: string | null;
}

export function describeOrigin(origin: Origin): string {
  switch (origin.from) {
    case 'option': return origin.option;
    case 'variable': return origin.file === undefined ? origin.variable : `${origin.variable}, ${origin.file}`;
    case 'file': return `${origin.file}:${origin.line}:${origin.column}`;
    case 'stack': return 'the local stack';
    case 'default': return 'default';
  }
}
