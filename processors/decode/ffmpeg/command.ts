/**
 * Builds argument lists with fluent-ffmpeg. Its own way to run them is not used: it spawns without a process group,
 * cannot set limits or pass descriptors, writes to one pipe only, and its kill() leaves processes behind. So it writes
 * the command down and process.ts runs it. `_getArguments` is not in its published types; a test
 * (commands-are-built) holds its behaviour.
 */
import fluent from 'fluent-ffmpeg';
import type { MediaLimits } from '../limits.ts';
import type { MediaInput } from '../../../connectors/ports/index.ts';
import { inputUrl, outputUrl } from './process.ts';

export interface InputSpec {
  /** Demuxers that may open it. */
  readonly formats: readonly string[];
  /** Timeline position to start from; exact. */
  readonly fromMs?: number;
  readonly lengthMs?: number;
  /** More options of the input. */
  readonly options?: readonly string[];
}

export interface OutputSpec {
  /** Stream specifier, such as `0:V:0`. */
  readonly map: string;
  readonly videoFilter?: string;
  readonly audioFilter?: string;
  /** Encoder and muxer options. */
  readonly options: readonly string[];
  /** Which sink takes it. */
  readonly sink: number;
}

export interface CommandSpec {
  /** Each opens the source anew. */
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
}

interface ArgumentList {
  _getArguments(): string[];
}

/** Of every call. Keep what decodes: damage is judged by what comes out. */
const GLOBAL_OPTIONS = ['-hide_banner', '-nostdin', '-v', 'error', '-max_error_rate', '1', '-copyts', '-vsync', 'passthrough'];

export function commandArguments({ inputs, outputs }: CommandSpec, limits: MediaLimits, from: MediaInput): string[] {
  const command = fluent();
  for (const input of inputs) {
    command.addInput(inputUrl(from));
    command.addInputOptions(...inputOptions(input, limits, from));
  }
  for (const output of outputs) {
    command.output(outputUrl(output.sink));
    command.addOutputOptions('-map', output.map, ...output.options);
    if (output.videoFilter !== undefined) command.videoFilters(output.videoFilter);
    if (output.audioFilter !== undefined) command.audioFilters(output.audioFilter);
  }
  return [...GLOBAL_OPTIONS, ...(command as unknown as ArgumentList)._getArguments()];
}

function inputOptions(input: InputSpec, limits: MediaLimits, from: MediaInput): string[] {
  return [
    ...guardOptions(input.formats, limits, from),
    ...(input.fromMs === undefined || input.fromMs <= 0 ? [] : ['-ss', seconds(input.fromMs)]),
    ...(input.lengthMs === undefined ? [] : ['-t', seconds(input.lengthMs)]),
    ...(input.options ?? []),
  ];
}

/**
 * Nothing but this source, by nothing but these demuxers, within these bounds. ffprobe takes the same.
 *
 * A source behind an address needs `http` and `tcp`, which know no host; what keeps a hostile file from having another
 * address opened is that nothing in ffmpeg then would: no demuxer of formats.ts opens what a file names (mov has its
 * data references off unless `enable_drefs` is given, and it never is), the list of demuxers binds nested ones, our
 * server sends no redirect, and the environment names no proxy. In exchange such a process cannot open any file.
 */
export function guardOptions(formats: readonly string[], limits: MediaLimits, from: MediaInput): string[] {
  return [
    '-protocol_whitelist', from.type === 'descriptor' ? 'file,pipe' : 'http,tcp',
    '-format_whitelist', formats.join(','),
    '-max_streams', String(limits.maxStreams),
    '-max_pixels', String(Math.max(limits.maxVideoPixels, limits.maxImagePixels)),
  ];
}

/** Exact to the millisecond, never in exponent form. */
export const seconds = (ms: number): string => (ms / 1000).toFixed(3);
