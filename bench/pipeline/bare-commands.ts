/** The recorded commands as plain processes, as many at a time as there are cores; what they make goes to /dev/null. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { costOf, type Cost } from '../decode/cpu-time.ts';
import { CORES } from './accounts.ts';
import type { Command } from './recording.ts';

export function runCommands(commands: readonly Command[]): Promise<Cost> {
  const left = [...commands];
  const runner = async (): Promise<void> => {
    for (let command = left.shift(); command !== undefined; command = left.shift()) await run(command);
  };
  return costOf(() => Promise.all(Array.from({ length: CORES }, runner)));
}

async function run({ program, source, args }: Command): Promise<void> {
  const [input, output] = [openSync(source, 'r'), openSync('/dev/null', 'w')];
  // Descriptors 4 and on are further outputs.
  const highest = Math.max(3, ...args.flatMap((arg) => [...arg.matchAll(/pipe\\*:(\d+)/g)].map(([, descriptor]) => Number(descriptor))));
  try {
    const child = spawn(program, args, { stdio: ['ignore', output, output, input, ...Array.from({ length: highest - 3 }, () => output)] });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}`);
  } finally {
    closeSync(input);
    closeSync(output);
  }
}
