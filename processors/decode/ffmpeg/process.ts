/**
 * One ffmpeg or ffprobe process, in a process group of its own that is killed as a whole: at its time limit, when the
 * caller aborts, when an output grows over its bound, when what serves a remote source fails, and (by the kernel, see
 * sandbox.ts) when we die. It gets the source as descriptor 3 or as an address, an empty environment and no standard
 * input. Its outputs are pipes into synchronous sinks, so nothing is buffered here.
 *
 *   starting -> running -> (exit and all pipes closed) -> report
 *                  `-> killed by limit or abort -> (the same) -> error
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import { MillraceError, toMillraceError } from '../../../connectors/ports/index.ts';
import type { MediaInput, MediaSource } from '../../../connectors/ports/index.ts';
import { abortError, throwIfAborted } from '../abort.ts';
import { sandboxed } from './sandbox.ts';
import type { ByteSink } from './sinks.ts';
import { StderrLines } from './stderr.ts';
import { findTools } from './tools.ts';

export interface ProcessOptions {
  readonly program: 'ffmpeg' | 'ffprobe';
  readonly args: readonly string[];
  readonly source: MediaSource;
  /** Sink i takes what is written to `outputUrl(i)`. */
  readonly sinks: readonly ByteSink[];
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ProcessReport {
  readonly exitCode: number;
  /** Lines of stderr, cleaned, each once; the first 40. */
  readonly errors: readonly string[];
  readonly errorCount: number;
  readonly wallMs: number;
}

const OUT_OF_MEMORY = /cannot allocate memory|malloc of size/i;
const SOURCE_FD = 3;
/** A path or an address, so that every demuxer can seek in it; of ours, so that no name of the file's is ever parsed. */
export const inputUrl = (from: MediaInput): string => (from.type === 'descriptor' ? `file:/dev/fd/${SOURCE_FD}` : from.url);
/** What is written to this address goes to sink `index`. */
export const outputUrl = (index: number): string => `pipe:${index === 0 ? 1 : SOURCE_FD + index}`;

/**
 * @throws MillraceError MILL_TIMEOUT, MILL_CLOSED, MILL_FFMPEG_MISSING, MILL_MEDIA_LIMIT, MILL_MEDIA_CORRUPT (crashed),
 * MILL_SOURCE_UNAVAILABLE and MILL_SOURCE_CHANGED of a remote source, or what a sink threw
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessReport> {
  const { input } = options.source;
  const sourceFailed = input.type === 'address' ? input.failed : undefined;
  throwIfAborted(options.signal);
  throwIfAborted(sourceFailed);
  const tools = findTools();
  const cpuSeconds = Math.ceil(options.timeoutMs / 1000) * availableParallelism() + 1;
  const [file, ...before] = sandboxed(tools, tools[options.program], { memoryBytes: options.memoryBytes, cpuSeconds });
  if (file === undefined) throw new MillraceError('MILL_FFMPEG_MISSING', `${options.program} is not in PATH`);
  const startedAt = performance.now();
  const child = spawn(file, [...before, ...options.args], {
    detached: true,
    cwd: '/',
    // Nothing of ours: no proxy, no FFREPORT (which writes files), no secrets.
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe', input.type === 'descriptor' ? input.fd : 'ignore', ...options.sinks.slice(1).map(() => 'pipe' as const)],
  });
  const stderr = new StderrLines();
  const { exitCode, signal } = await supervise(child, stderr, options, sourceFailed);
  stderr.end();
  // It may have ended by itself meanwhile, since to ffmpeg a connection that breaks off is the end of the file.
  throwIfAborted(sourceFailed);
  const report = { exitCode: exitCode ?? -1, errors: stderr.lines, errorCount: stderr.count, wallMs: performance.now() - startedAt };
  if (signal !== null) throw crashed(options.program, signal, report);
  return report;
}

interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

function supervise(child: ChildProcess, stderr: StderrLines, options: ProcessOptions, sourceFailed: AbortSignal | undefined): Promise<Exit> {
  return new Promise<Exit>((resolve, reject) => {
    let failure: MillraceError | undefined;
    const stop = (error: MillraceError): void => {
      failure ??= error;
      killGroup(child);
    };
    const onAbort = (): void => {
      if (options.signal !== undefined) stop(abortError(options.signal));
    };
    const onSourceFailed = (): void => {
      if (sourceFailed !== undefined) stop(abortError(sourceFailed));
    };
    const timer = setTimeout(() => {
      stop(new MillraceError('MILL_TIMEOUT', `${options.program} ran over its time limit of ${options.timeoutMs} ms`));
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    sourceFailed?.addEventListener('abort', onSourceFailed, { once: true });

    const settle = (then: () => void): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      sourceFailed?.removeEventListener('abort', onSourceFailed);
      then();
    };
    child.once('error', (error) => {
      settle(() => {
        reject(new MillraceError('MILL_FFMPEG_MISSING', `${options.program} cannot be started: ${error.message}`, { cause: error }));
      });
    });
    // 'close' comes after the exit and the end of every pipe.
    child.once('close', (exitCode, signal) => {
      settle(() => {
        if (failure === undefined) resolve({ exitCode, signal });
        else reject(failure);
      });
    });

    child.stderr?.on('data', (chunk: Buffer) => {
      stderr.push(chunk);
      // At once: some builds of ffmpeg wait for ever for a thread that could not start.
      if (OUT_OF_MEMORY.test(chunk.toString('latin1'))) stop(new MillraceError('MILL_MEDIA_LIMIT', `${options.program} needs more memory than the limit of ${options.memoryBytes} bytes`));
    });
    options.sinks.forEach((sink, index) => {
      const pipe = child.stdio[index === 0 ? 1 : SOURCE_FD + index] as Readable | undefined;
      pipe?.on('data', (chunk: Buffer) => {
        if (failure !== undefined) return;
        try {
          sink(chunk);
        } catch (error) {
          stop(toMillraceError(error));
        }
      });
      // A killed process resets its pipes; how it ended is told by 'close'.
      pipe?.on('error', () => undefined);
    });
    if (options.sinks.length === 0) child.stdout?.resume();
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has ended by itself.
  }
}

function crashed(program: string, signal: NodeJS.Signals, report: ProcessReport): MillraceError {
  const said = report.errors[0] === undefined ? '' : `: ${report.errors[0]}`;
  if (signal === 'SIGXCPU') return new MillraceError('MILL_MEDIA_LIMIT', `${program} used up its processor time${said}`);
  return new MillraceError('MILL_MEDIA_CORRUPT', `${program} was ended by ${signal}${said}`);
}
