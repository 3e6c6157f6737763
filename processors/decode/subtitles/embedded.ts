/** Text subtitle streams inside a container, converted to SubRip by ffmpeg: one read of the file for all of them. */
import { byteCollector, STREAM_FORMATS } from '../ffmpeg/index.ts';
import type { Ffmpeg, Probe, ProcessReport } from '../ffmpeg/index.ts';
import type { MediaSource } from '../source/index.ts';
import { joinCues, parseCues } from './cues.ts';
import type { Cue } from './cues.ts';

export interface SubtitleTrack {
  readonly streamIndex: number;
  /** Joined into passages, on the source's timeline. */
  readonly cues: readonly Cue[];
}

export const MAX_SUBTITLE_STREAMS = 8;
const MAX_BYTES = 4 << 20;

export async function readSubtitles(
  ffmpeg: Ffmpeg, source: MediaSource, probe: Probe, streams: readonly number[], signal?: AbortSignal,
): Promise<{ readonly tracks: readonly SubtitleTrack[]; readonly report: ProcessReport }> {
  const taken = streams.slice(0, MAX_SUBTITLE_STREAMS);
  const collectors = taken.map(() => byteCollector(MAX_BYTES, 'A subtitle stream'));
  const report = await ffmpeg.run(source, {
    inputs: [{ formats: STREAM_FORMATS, options: ['-vn', '-an', '-dn'] }],
    outputs: taken.map((index, sink) => ({ map: `0:${index}`, sink, options: ['-c:s', 'subrip', '-f', 'srt'] })),
    sinks: collectors.map(({ sink }) => sink),
    signal,
  });
  const shiftMs = Math.round(probe.startUs / 1000);
  return {
    report,
    tracks: taken.map((streamIndex, place) => ({
      streamIndex,
      cues: joinCues(parseCues(collectors[place]?.bytes().toString('utf8') ?? '')
        .map((cue) => ({ ...cue, startMs: Math.max(0, cue.startMs - shiftMs), endMs: Math.max(1, cue.endMs - shiftMs) }))),
    })),
  };
}
