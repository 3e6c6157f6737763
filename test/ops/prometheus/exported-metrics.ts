/** What an instance really exports, and what an expression of PromQL asks for. */
import type { CliProcess } from '../../support/cli.ts';

/** The address that the program says its metrics are at. */
export function metricsUrlOf(program: CliProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    program.process.stderr?.on('data', (text: string) => {
      said += text;
      const url = /metrics at (http:\S+\/metrics)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    void program.ended.then(({ code, stderr }) => { reject(new Error(`ended with ${String(code)}: ${stderr}`)); });
  });
}

export interface Exported {
  /** By name as it is written in expressions; a histogram has three. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
  /** name -> label -> values */
  values(name: string, label: string): ReadonlySet<string>;
}

const SERIES = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? [^ ]+/;

export function parseMetrics(text: string): Exported {
  const labels = new Map<string, Set<string>>();
  const values = new Map<string, Set<string>>();
  // A metric that has no series yet is exported all the same.
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    for (const each of type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]) labels.set(each, new Set());
  }
  for (const line of text.split('\n')) {
    const [, name, inner = ''] = SERIES.exec(line) ?? [];
    if (name === undefined) continue;
    const known = labels.get(name) ?? new Set<string>();
    labels.set(name, known);
    for (const [, label = '', value = ''] of inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      known.add(label);
      const key = `${name} ${label}`;
      values.set(key, (values.get(key) ?? new Set()).add(value));
    }
  }
  return { labels, values: (name, label) => values.get(`${name} ${label}`) ?? new Set() };
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/** Millrace's metrics, and those of `ops/telemetry`, that an expression names. */
export function selectorsOf(expression: string): Selector[] {
  const grouped = /\b(?:by|on) \([^)]*\)/g;
  return [...expression.replaceAll(grouped, '').matchAll(/\b((?:millrace_streams|messaging|process|nodejs|v8js)_\w+)(?:\{([^}]*)\})?/g)]
    // The name of a recording rule goes on with a colon, or began with one.
    .filter(({ index, input, 0: whole }) => input[index - 1] !== ':' && input[index + whole.length] !== ':')
    .map(([, metric = '', inner = '']) => ({
      metric,
      matchers: [...inner.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(([, label = '', operator = '', value = '']) => ({ label, operator, value })),
    }));
}

/** Of `by (…)` and `on (…)`. */
export const groupingsOf = (expression: string): string[] =>
  [...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(',').map((name) => name.trim()));
