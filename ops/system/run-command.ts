/** Runs a program to its end, keeping what it wrote. No shell. */
import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to its standard input. */
  readonly input?: string;
  /** Ends the program. */
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  /** 0 when all went well; -1 when it could not be started. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function runCommand(command: string, args: readonly string[], { cwd, env = process.env, input = '', signal }: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(command, args, { cwd, env, stdio: 'pipe' });
    const onAbort = (): void => void child.kill('SIGKILL');
    signal?.addEventListener('abort', onAbort, { once: true });
    const written = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => { written.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { written.stderr += text; });
    // A program that ends before it reads its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const finish = (exitCode: number, note = ''): void => {
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted === true) reject(signal.reason as Error);
      else resolve({ exitCode, stdout: written.stdout, stderr: written.stderr + note });
    };
    child.once('error', (error) => { finish(-1, error.message); });
    child.once('close', (code) => { finish(code ?? -1); });
  });
}

/** The last lines that say something, for a message. */
export const lastWords = ({ stderr, stdout }: CommandResult, lines = 3): string =>
  (stderr.trim() || stdout.trim()).split('\n').map((line) => line.trim()).filter((line) => line !== '').slice(-lines).join(' | ');
