/**
 * One pass of ffmpeg over the picture of a segment, with two outputs:
 *
 *   decode -> rotate as displayed -> every frame at 48 x 27 RGB                    -> shot model
 *                                 `-> the first frame of each half second, as JPEG -> candidates for key frames
 *
 * Shots are known only after the pass, and so are their middles. Seeking back for them decodes most of the segment a
 * second time; candidates cost an eighth of that (bench/decode) and lie within a quarter of a second of any middle.
 * Frames come with a second of context on both sides, so that the border of a segment looks like no cut.
 *
 * Times: ffmpeg keeps the file's own timestamps, and the filters take the earliest timestamp of the file off them. So
 * 0 is where players start, a picture that begins later than the sound does so here too, and a variable frame rate
 * needs no care. They travel beside the frames through pipes of their own.
 */
import type { MediaSource } from '../../../connectors/ports/index.ts';
import { jpegCollector, outputUrl, recordCollector, seconds, STREAM_FORMATS, timestampCollector } from '../ffmpeg/index.ts';
import type { Ffmpeg, OutputSpec, Probe, ProcessReport } from '../ffmpeg/index.ts';
import { MAX_THUMB_RATE, THUMB_BYTES, THUMB_HEIGHT, THUMB_WIDTH } from './thumbnails.ts';
import type { Thumbnails } from './thumbnails.ts';

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Candidate {
  readonly timeMs: number;
  readonly jpeg: Buffer;
}

export interface VideoPass {
  readonly thumbnails: Thumbnails;
  /** By time, within the span. */
  readonly candidates: readonly Candidate[];
  readonly report: ProcessReport;
}

export interface VideoPassInput {
  readonly source: MediaSource;
  readonly probe: Probe;
  readonly span: Span;
  /** The rest of the source belongs to the span, however wrong its stated length is. */
  readonly last: boolean;
  readonly size: Size;
  readonly signal?: AbortSignal | undefined;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const CONTEXT_MS = 1000;
/** How far the last segment may go beyond the stated length. */
const TAIL_MS = 30_000;
const CANDIDATES_PER_SECOND = 2;
const MAX_JPEG_BYTES = 1 << 20;
const GRAB_TOGETHER_US = 3_000_000;
/** ffmpeg's scale for JPEG, 2 (best) to 31; about quality 85 to 90 of libjpeg. */
const JPEG_SCALE = 3;
/** Demuxers that find a time but not the key frame before it: start this much earlier. */
const BLIND_SEEK_MS = 12_000;
const BLIND_SEEK_FORMATS = new Set(['mpegts', 'mpeg', 'mpegvideo', 'm4v', 'h264', 'hevc']);

export async function runVideoPass(ffmpeg: Ffmpeg, input: VideoPassInput): Promise<VideoPass> {
  const { span, last, probe } = input;
  const from = Math.max(0, span.startMs - CONTEXT_MS);
  const to = span.endMs + (last ? TAIL_MS : CONTEXT_MS);
  const spanSeconds = (to - from) / 1000 + 1;
  const frames = recordCollector(THUMB_BYTES, Math.ceil(spanSeconds * MAX_THUMB_RATE), 'The small frames of a segment');
  const frameTimes = timestampCollector(Math.ceil(spanSeconds * MAX_THUMB_RATE));
  const jpegs = jpegCollector(Math.ceil(spanSeconds * CANDIDATES_PER_SECOND) * MAX_JPEG_BYTES);
  const jpegTimes = timestampCollector(Math.ceil(spanSeconds * CANDIDATES_PER_SECOND));

  const everyFrame = `isnan(prev_selected_t)+gte(t-prev_selected_t,1/${MAX_THUMB_RATE})`;
  const eachHalfSecond = `isnan(prev_selected_t)+gt(floor(t*${CANDIDATES_PER_SECOND}),floor(prev_selected_t*${CANDIDATES_PER_SECOND}))`;
  const report = await ffmpeg.run(input.source, {
    inputs: [pictureInput(probe, from, to)],
    outputs: [
      {
        map: '0:V:0', sink: 0, options: ['-f', 'rawvideo'],
        videoFilter: [timeline(probe), selectFrames(within(from, to), everyFrame), `scale=${THUMB_WIDTH}:${THUMB_HEIGHT}:flags=area`, 'format=rgb24', printTimes(1)].join(','),
      },
      jpegOutput(probe, input.size, selectFrames(within(span.startMs, last ? to : span.endMs), eachHalfSecond), 2, 3),
    ],
    sinks: [frames.sink, frameTimes.sink, jpegs.sink, jpegTimes.sink],
    signal: input.signal,
  });

  const times = frameTimes.values().slice(0, frames.count());
  return {
    thumbnails: { pixels: frames.bytes().subarray(0, times.length * THUMB_BYTES), times },
    candidates: pairs(jpegs.images(), jpegTimes.values()),
    report,
  };
}

/** The frames at exactly these rising times, for shots that are too short to hold a candidate. */
export async function grabFrames(ffmpeg: Ffmpeg, input: Omit<VideoPassInput, 'span' | 'last'>, timesUs: readonly number[]): Promise<Candidate[]> {
  const grabbed: Candidate[] = [];
  // Decoding what lies between far ones costs more than one more start.
  for (const near of clusters(timesUs, GRAB_TOGETHER_US)) grabbed.push(...await grabNear(ffmpeg, input, near));
  return grabbed;
}

async function grabNear(ffmpeg: Ffmpeg, input: Omit<VideoPassInput, 'span' | 'last'>, timesUs: readonly number[]): Promise<Candidate[]> {
  const fromMs = Math.max(0, Math.floor((timesUs[0] ?? 0) / 1000) - 100);
  const toMs = Math.ceil((timesUs.at(-1) ?? 0) / 1000) + 100;
  const jpegs = jpegCollector(timesUs.length * MAX_JPEG_BYTES);
  const times = timestampCollector(timesUs.length);
  await ffmpeg.run(input.source, {
    inputs: [pictureInput(input.probe, fromMs, toMs)],
    // One microsecond of slack: the time base of a filter is a fraction.
    outputs: [jpegOutput(input.probe, input.size, selectFrames(timesUs.map((us) => `between(pts,${us - 1},${us + 1})`).join('+')), 0, 1)],
    sinks: [jpegs.sink, times.sink],
    signal: input.signal,
  });
  return pairs(jpegs.images(), times.values());
}

function clusters(rising: readonly number[], gap: number): number[][] {
  const groups: number[][] = [];
  for (const value of rising) {
    const group = groups.at(-1);
    if (group === undefined || value - (group.at(-1) ?? 0) > gap) groups.push([value]);
    else group.push(value);
  }
  return groups;
}

function pictureInput(probe: Probe, fromMs: number, toMs: number): { formats: readonly string[]; fromMs: number; lengthMs: number; options: readonly string[] } {
  const blind = probe.format.split(',').some((name) => BLIND_SEEK_FORMATS.has(name));
  const seekTo = Math.max(0, fromMs - (blind ? BLIND_SEEK_MS : 0));
  return { formats: STREAM_FORMATS, fromMs: seekTo, lengthMs: toMs - seekTo, options: ['-an', '-sn', '-dn'] };
}

/** Timestamps in microseconds of the source's timeline. */
const timeline = (probe: Probe): string => `settb=1/1000000,setpts=PTS-${probe.startUs}`;
const within = (fromMs: number, toMs: number): string => `gte(t,${seconds(fromMs)})*lt(t,${seconds(toMs)})`;
/** A frame is taken when every condition holds. */
const selectFrames = (...conditions: readonly string[]): string => `select='${conditions.map((condition) => `(${condition})`).join('*')}'`;
const printTimes = (sink: number): string => `metadata=add:key=t:value=1,metadata=print:file='${outputUrl(sink).replace(':', '\\:')}':direct=1`;

function jpegOutput(probe: Probe, size: Size, select: string, sink: number, timesSink: number): OutputSpec {
  return {
    map: '0:V:0', sink,
    videoFilter: [timeline(probe), select, `scale=${size.width}:${size.height}`, 'setsar=1', 'format=yuvj420p', printTimes(timesSink)].join(','),
    // bitexact: no version of ffmpeg in the bytes. The time base is named, or frames nearer than 1/rate would clash.
    options: ['-c:v', 'mjpeg', '-q:v', String(JPEG_SCALE), '-flags', 'bitexact', '-enc_time_base', '1:1000000', '-f', 'mjpeg'],
  };
}

function pairs(jpegs: readonly Buffer[], timesUs: readonly number[]): Candidate[] {
  return jpegs.flatMap((jpeg, index) => {
    const us = timesUs[index];
    return us === undefined ? [] : [{ timeMs: Math.round(us / 1000), jpeg }];
  });
}
