/** Real second processes for tests. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly process: ChildProcess;
  /** The next line that it prints; `undefined` when there is none any more. */
  line(): Promise<string | undefined>;
  exited(): Promise<void>;
}

/** Runs a file of `children/` with this Node; `limit` is a shell command that goes first. */
export function startChild(file: string, args: readonly string[], limit = ':'): Child {
  const script = fileURLToPath(new URL(`children/${file}`, import.meta.url));
  const child = spawn('sh', ['-c', `${limit}; exec "$@"`, 'sh', process.execPath, '--import', 'tsx', script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exit = once(child, 'exit');
  return {
    process: child,
    line: async () => {
      const next = await lines.next();
      return next.done === true ? undefined : next.value;
    },
    exited: async () => { await exit; },
  };
}
