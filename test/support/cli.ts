/** Runs the real program as a user does, each test in a data directory of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { projectFile } from '../../ops/paths.ts';

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** SIGKILL to the program and all that it started, as the kernel's out-of-memory killer or a power cut would. */
  killAll(): void;
}

export interface CliOptions {
  readonly data: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export function startCli(args: readonly string[], { data, env = {}, cwd = projectFile() }: CliOptions): CliProcess {
  const child = spawn(projectFile('millrace'), args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', MILLRACE_DATA: data, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => { resolve({ code, signal, stdout, stderr }); });
  });
  const killAll = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  };
  return { process: child, ended, killAll };
}

export const runCli = (args: readonly string[], options: CliOptions): Promise<CliResult> => startCli(args, options).ended;
