/**
 * Video and audio: ffprobe's answer, judged. A picture that comes as cover art makes no video; a container of video
 * that holds only sound is AUDIO.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { MediaSource } from '../../connectors/ports/index.ts';
import { STREAM_FORMATS } from '../decode/index.ts';
import type { Ffmpeg, Probe } from '../decode/index.ts';
import type { MediaFacts } from './facts.ts';
import { measureDuration } from './measure-duration.ts';
import { addStreamTags } from './metadata/stream-tags.ts';
import type { MetadataList } from './metadata/entries.ts';

/** Of 100. ffprobe finds an MP3 in many a heap of random bytes, and says by a low score that it is guessing. */
const SURE = 50;
/** Text that ffmpeg turns into SubRip; pictures of text (DVD, PGS) are left to OCR of the frames. */
const TEXT_SUBTITLES = new Set(['subrip', 'srt', 'ass', 'ssa', 'webvtt', 'mov_text', 'text']);
/** Without a length of their own: ffprobe divides the size by the bit rate, which is a guess. */
const UNTIMED_FORMATS = new Set(['mp3', 'aac', 'ac3', 'eac3', 'dts', 'h264', 'hevc', 'mpegvideo', 'm4v', 'obu']);

/** @throws MillraceError MILL_MEDIA_UNRECOGNIZED, MILL_MEDIA_CORRUPT, MILL_MEDIA_LIMIT, MILL_MEDIA_FORBIDDEN */
export async function inspectStream(ffmpeg: Ffmpeg, source: MediaSource, format: string | undefined, list: MetadataList, signal?: AbortSignal): Promise<MediaFacts> {
  const probe = await probeKnown(ffmpeg, source, format, signal);
  const picture = probe.streams.find(({ type, coverArt, width, codec }) => type === 'video' && !coverArt && width > 0 && codec !== 'unknown');
  const sound = probe.streams.find(({ type, codec, sampleRate }) => type === 'audio' && codec !== 'unknown' && sampleRate !== null && sampleRate > 0);
  if (picture === undefined && sound === undefined) throw new MillraceError('MILL_MEDIA_CORRUPT', 'The file holds neither picture nor sound that can be decoded');
  const { limits } = ffmpeg;
  if (picture !== undefined && Math.max(picture.codedPixels, picture.width * picture.height) > limits.maxVideoPixels) {
    throw new MillraceError('MILL_MEDIA_LIMIT', `The picture has ${picture.width} x ${picture.height} pixels; the limit is ${limits.maxVideoPixels}`);
  }
  const durationMs = await durationOf(ffmpeg, source, probe, signal);
  if (durationMs > limits.maxDurationMs) throw new MillraceError('MILL_MEDIA_LIMIT', `The file lasts ${durationMs} ms; the limit is ${limits.maxDurationMs} ms`);
  addStreamTags(list, probe);
  return {
    mediaKind: picture === undefined ? 'AUDIO' : 'VIDEO',
    container: probe.format,
    durationMs,
    width: picture?.width ?? null,
    height: picture?.height ?? null,
    hasVideo: picture !== undefined,
    hasAudio: sound !== undefined,
    subtitleStreams: probe.streams.filter(({ type, codec }) => type === 'subtitle' && TEXT_SUBTITLES.has(codec)).map(({ index }) => index),
    frameRate: picture?.frameRate ?? null,
  };
}

async function probeKnown(ffmpeg: Ffmpeg, source: MediaSource, format: string | undefined, signal: AbortSignal | undefined): Promise<Probe> {
  const unrecognized = (cause?: unknown): MillraceError => new MillraceError('MILL_MEDIA_UNRECOGNIZED', 'The content has no known form of video, audio, image or text', { cause });
  try {
    const probe = await ffmpeg.probe(source, { formats: STREAM_FORMATS, signal });
    if (format === undefined && probe.score < SURE) throw unrecognized();
    return probe;
  } catch (error) {
    // Bytes that nothing claims are no damaged file.
    if (format === undefined && error instanceof MillraceError && (error.code === 'MILL_MEDIA_CORRUPT' || error.code === 'MILL_MEDIA_FORBIDDEN')) throw unrecognized(error);
    throw error;
  }
}

async function durationOf(ffmpeg: Ffmpeg, source: MediaSource, probe: Probe, signal: AbortSignal | undefined): Promise<number> {
  const guessed = probe.durationMs === null || probe.format.split(',').some((name) => UNTIMED_FORMATS.has(name));
  const durationMs = guessed ? await measureDuration(ffmpeg, source, probe, signal) : playedMs(probe) ?? probe.durationMs;
  if (durationMs === null || durationMs <= 0) throw new MillraceError('MILL_MEDIA_CORRUPT', 'The file has no length');
  return durationMs;
}

/** The end of picture and sound: subtitles and data may go on beyond, and there would be nothing to decode. */
function playedMs({ streams, startUs }: Probe): number | null {
  const ends = streams.filter(({ type, coverArt }) => (type === 'video' && !coverArt) || type === 'audio').map(({ endUs }) => endUs);
  const known = ends.filter((end) => end !== null);
  return known.length === 0 || known.length < ends.length ? null : Math.round((Math.max(...known) - startUs) / 1000);
}
