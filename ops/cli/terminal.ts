/** What the CLI writes: plain sentences, colours only on a terminal that wants them, results on stdout and the rest on stderr. */
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

export interface Terminal {
  /** Results: what a pipe wants. */
  print(line?: string): void;
  /** Notices and progress: what a person wants. */
  note(line?: string): void;
  readonly style: (style: Style, text: string) => string;
  /** stdout takes colours. */
  readonly coloured: boolean;
  /** stderr is a terminal: bars may move. */
  readonly interactive: boolean;
  readonly columns: number;
}

export interface TerminalStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

const CLEAR_LINE = '\r\u001b[K';

export function openTerminal({ stdout, stderr, env }: TerminalStreams = process): Terminal {
  const coloured = stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
  return {
    print: (line = '') => void stdout.write(`${line}\n`),
    // A bar that stands on this line is drawn again below.
    note: (line = '') => void stderr.write(`${stderr.isTTY ? CLEAR_LINE : ''}${line}\n`),
    style: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
    coloured,
    interactive: stderr.isTTY,
    columns: stdout.isTTY ? stdout.columns : 100,
  };
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text from strangers (file names, transcripts) must not move the cursor or turn the line around. */
export function printable(text: string): string {
  return text.replace(CONTROL, (c) => (c === '\n' ? '\\n' : c === '\t' ? '\\t' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Left-aligned columns, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => { widths[i] = Math.max(widths[i] ?? 0, cell.length); });
  return rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  '));
}
