/** ffprobe: what a source holds, checked and in our own words. */
import { z } from 'zod';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { MediaSource } from '../../../connectors/ports/index.ts';
import type { MediaLimits } from '../limits.ts';
import { guardOptions } from './command.ts';
import { inputUrl, runProcess } from './process.ts';
import type { ProcessReport } from './process.ts';
import { byteCollector } from './sinks.ts';

export interface ProbeOptions {
  readonly formats: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export type StreamType = 'video' | 'audio' | 'subtitle' | 'other';

export interface ProbedStream {
  readonly index: number;
  readonly type: StreamType;
  /** As ffmpeg names it; `unknown` where it has no decoder. */
  readonly codec: string;
  /** Display size: after the pixel's aspect and the rotation of the display matrix. 0 where there is none. */
  readonly width: number;
  readonly height: number;
  /** Coded size, which is what decoding costs. */
  readonly codedPixels: number;
  readonly frameRate: number | null;
  readonly sampleRate: number | null;
  /** Where it ends, by the file's own timestamps; `null` where the container does not say. */
  readonly endUs: number | null;
  /** A still picture that comes with the sound. */
  readonly coverArt: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Probe {
  /** ffmpeg's names of the demuxer, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly format: string;
  /** 0 to 100: how sure ffmpeg is of the format. */
  readonly score: number;
  /** The earliest timestamp of any stream: position 0 of the source's timeline, as players show it. */
  readonly startUs: number;
  readonly durationMs: number | null;
  readonly streams: readonly ProbedStream[];
  readonly tags: Readonly<Record<string, string>>;
}

const MAX_OUTPUT_BYTES = 8 << 20;

const tagsSchema = z.record(z.string(), z.string()).default({});
const streamSchema = z.object({
  index: z.number().int(),
  codec_type: z.string().default('other'),
  codec_name: z.string().default('unknown'),
  width: z.number().int().default(0),
  height: z.number().int().default(0),
  coded_width: z.number().int().default(0),
  coded_height: z.number().int().default(0),
  sample_aspect_ratio: z.string().default('1:1'),
  avg_frame_rate: z.string().default('0/0'),
  r_frame_rate: z.string().default('0/0'),
  sample_rate: z.string().optional(),
  start_time: z.string().optional(),
  duration: z.string().optional(),
  disposition: z.record(z.string(), z.number()).default({}),
  side_data_list: z.array(z.looseObject({ rotation: z.number().optional() })).default([]),
  tags: tagsSchema,
});
const outputSchema = z.object({
  streams: z.array(streamSchema).default([]),
  format: z.object({
    format_name: z.string(),
    probe_score: z.number().default(0),
    start_time: z.string().optional(),
    duration: z.string().optional(),
    tags: tagsSchema,
  }).optional(),
});

export async function probeSource(source: MediaSource, limits: MediaLimits, options: ProbeOptions): Promise<Probe> {
  const output = byteCollector(MAX_OUTPUT_BYTES, 'The description of the file');
  const report = await runProcess({
    program: 'ffprobe',
    args: [
      '-hide_banner', '-v', 'error', ...guardOptions(options.formats, limits, source.input),
      '-print_format', 'json', '-show_format', '-show_streams', '-i', inputUrl(source.input),
    ],
    source, sinks: [output.sink], timeoutMs: limits.probeTimeoutMs, memoryBytes: limits.maxMemoryBytes, signal: options.signal,
  });
  const parsed = outputSchema.safeParse(jsonOrUndefined(output.bytes()));
  if (report.exitCode !== 0 || !parsed.success || parsed.data.format === undefined) throw probeFailure(report);
  const { format, streams } = parsed.data;
  const startUs = Math.round(Number(format.start_time ?? 0) * 1e6);
  const duration = Number(format.duration ?? Number.NaN);
  return {
    format: format.format_name,
    score: format.probe_score,
    startUs: Number.isFinite(startUs) ? startUs : 0,
    durationMs: Number.isFinite(duration) && duration > 0 ? Math.round(duration * 1000) : null,
    streams: streams.map(streamOf),
    tags: format.tags,
  };
}

function jsonOrUndefined(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function probeFailure(report: ProcessReport): MillraceError {
  const said = report.errors.find((line) => !line.startsWith('the file: ')) ?? report.errors[0] ?? 'ffprobe gave no answer';
  if (report.errors.some((line) => /not on whitelist|whitelist '/i.test(line))) {
    return new MillraceError('MILL_MEDIA_FORBIDDEN', `The file's format is one that is not opened: ${said}`);
  }
  if (report.errors.some((line) => line.includes('max_streams'))) return new MillraceError('MILL_MEDIA_LIMIT', `The file has too many streams: ${said}`);
  return new MillraceError('MILL_MEDIA_CORRUPT', said);
}

function streamOf(raw: z.output<typeof streamSchema>): ProbedStream {
  const [sarX = 1, sarY = 1] = raw.sample_aspect_ratio.split(':').map(Number);
  const wide = sarX > 0 && sarY > 0 ? Math.max(1, Math.round((raw.width * sarX) / sarY)) : raw.width;
  const rotation = raw.side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const turned = Math.abs(Math.round(rotation / 90)) % 2 === 1;
  const displayWidth = raw.width === 0 ? 0 : wide;
  return {
    index: raw.index,
    type: raw.codec_type === 'video' || raw.codec_type === 'audio' || raw.codec_type === 'subtitle' ? raw.codec_type : 'other',
    codec: raw.codec_name,
    width: turned ? raw.height : displayWidth,
    height: turned ? displayWidth : raw.height,
    codedPixels: Math.max(raw.width * raw.height, raw.coded_width * raw.coded_height),
    frameRate: rateOf(raw.avg_frame_rate) ?? rateOf(raw.r_frame_rate),
    sampleRate: raw.sample_rate === undefined ? null : Number(raw.sample_rate),
    endUs: microseconds(raw.start_time, raw.duration),
    coverArt: raw.disposition['attached_pic'] === 1,
    tags: raw.tags,
  };
}

function microseconds(start: string | undefined, duration: string | undefined): number | null {
  const end = Math.round((Number(start ?? 0) + Number(duration ?? Number.NaN)) * 1e6);
  return Number.isFinite(end) && Number(duration) > 0 ? end : null;
}

function rateOf(fraction: string): number | null {
  const [over = 0, under = 0] = fraction.split('/').map(Number);
  return over > 0 && under > 0 ? over / under : null;
}
