/** The length of a file that does not tell it (a live recording, a raw stream): read through once, without decoding. */
import type { MediaSource } from '../../connectors/ports/index.ts';
import { byteCollector, STREAM_FORMATS } from '../decode/index.ts';
import type { Ffmpeg, Probe } from '../decode/index.ts';

/** Progress reports are small and come twice a second. */
const MAX_PROGRESS_BYTES = 4 << 20;

export async function measureDuration(ffmpeg: Ffmpeg, source: MediaSource, probe: Probe, signal: AbortSignal | undefined): Promise<number | null> {
  const progress = byteCollector(MAX_PROGRESS_BYTES, 'The progress of a reading');
  await ffmpeg.run(source, {
    inputs: [{ formats: STREAM_FORMATS, options: ['-sn', '-dn'] }],
    outputs: [{ map: '0', sink: 1, options: ['-c', 'copy', '-f', 'null', '-progress', 'pipe:1'] }],
    sinks: [progress.sink, () => undefined],
    signal,
  });
  const last = [...progress.bytes().toString('latin1').matchAll(/^out_time_us=(\d+)/gm)].at(-1)?.[1];
  return last === undefined ? null : Math.round((Number(last) - probe.startUs) / 1000);
}
