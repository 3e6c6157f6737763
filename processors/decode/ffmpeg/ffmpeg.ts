/** The port that the rest of Millrace sees of ffmpeg: run a command over a source, or ask what a source is. */
import { availableParallelism } from 'node:os';
import type { MediaSource } from '../../../connectors/ports/index.ts';
import { compileMediaLimits } from '../limits.ts';
import type { MediaLimits } from '../limits.ts';
import { commandArguments } from './command.ts';
import type { CommandSpec } from './command.ts';
import { Gate } from './gate.ts';
import { probeSource } from './probe.ts';
import type { Probe, ProbeOptions } from './probe.ts';
import { runProcess } from './process.ts';
import type { ProcessReport } from './process.ts';
import type { ByteSink } from './sinks.ts';

export interface RunCommand extends CommandSpec {
  readonly sinks: readonly ByteSink[];
  readonly signal?: AbortSignal | undefined;
}

export interface Ffmpeg {
  readonly limits: MediaLimits;
  /** Resolves also when ffmpeg ends with an error: what it gave until then may be worth keeping. */
  run(source: MediaSource, command: RunCommand): Promise<ProcessReport>;
  /** @throws MillraceError MILL_MEDIA_UNRECOGNIZED, MILL_MEDIA_CORRUPT, MILL_MEDIA_LIMIT, MILL_MEDIA_FORBIDDEN, MILL_TIMEOUT */
  probe(source: MediaSource, options: ProbeOptions): Promise<Probe>;
}

export interface FfmpegOptions {
  readonly limits?: MediaLimits;
  /** Processes at a time. @default the number of cores */
  readonly concurrency?: number;
}

export function createFfmpeg(options: FfmpegOptions = {}): Ffmpeg {
  const limits = options.limits ?? compileMediaLimits();
  const gate = new Gate(options.concurrency ?? availableParallelism());
  return {
    limits,
    run: (source, command) => gate.run(() => runProcess({
      program: 'ffmpeg', args: commandArguments(command, limits, source.input), source, sinks: command.sinks,
      timeoutMs: limits.decodeTimeoutMs, memoryBytes: limits.maxMemoryBytes, signal: command.signal,
    }), command.signal),
    probe: (source, probeOptions) => gate.run(() => probeSource(source, limits, probeOptions), probeOptions.signal),
  };
}
