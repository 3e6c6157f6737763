/** Text subtitle streams inside a container, converted to SubRip by ffmpeg: one read of the file for all of them. */
import type { MediaSource } from '../../../connectors/ports/index.ts';
import { byteCollector, STREAM_FORMATS } from '../ffmpeg/index.ts';
import type { Ffmpeg, Probe } from '../ffmpeg/index.ts';
import { joinCues, parseCues } from './cues.ts';
import type { Cue } from './cues.ts';

const MAX_SUBTITLE_STREAMS = 8;
const MAX_BYTES = 4 << 20;

/** The cues of each stream, joined into passages, on the source's timeline. */
export async function readSubtitles(ffmpeg: Ffmpeg, source: MediaSource, probe: Probe, streams: readonly number[], signal?: AbortSignal): Promise<Cue[][]> {
  const taken = streams.slice(0, MAX_SUBTITLE_STREAMS);
  const collectors = taken.map(() => byteCollector(MAX_BYTES, 'A subtitle stream'));
  await ffmpeg.run(source, {
    inputs: [{ formats: STREAM_FORMATS, options: ['-vn', '-an', '-dn'] }],
    outputs: taken.map((index, sink) => ({ map: `0:${index}`, sink, options: ['-c:s', 'subrip', '-f', 'srt'] })),
    sinks: collectors.map(({ sink }) => sink),
    signal,
  });
  const shiftMs = Math.round(probe.startUs / 1000);
  return collectors.map((collector) => joinCues(parseCues(collector.bytes().toString('utf8'))
    .map((cue) => ({ ...cue, startMs: Math.max(0, cue.startMs - shiftMs), endMs: Math.max(1, cue.endMs - shiftMs) }))));
}
