/**
 * Ends the servers of a process that is gone, however it went: a shell waits on a pipe that only this process holds
 * open, and when the pipe closes it kills the process ids that it read last.
 */
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

const SCRIPT = 'while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -9 $pids';

export interface Guard {
  /** All that run now. */
  watch(pids: readonly number[]): void;
  /** Kills none. */
  release(): void;
}

export function startGuard(): Guard {
  // A group of its own: a Ctrl-C in the terminal must not end the guard before its work.
  const shell = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  const watch = (pids: readonly number[]): void => { shell.stdin.write(`${pids.join(' ')}\n`); };
  return {
    watch,
    release() {
      watch([]);
      shell.stdin.end();
    },
  };
}
