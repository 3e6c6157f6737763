/**
 * The sound of a segment as 16 kHz mono, cut where it is quietest near each planned border.
 *
 *   planned     |------ segment k ------|------ segment k+1 ------|
 *   read          ...-4 s]==============|==+4 s]                     main input of k
 *                                [-4 s==|==+4 s]                     border input of k = how the main input of k+1 begins
 *   cut in                        [-3 s | +3 s]                      the quietest 200 ms
 *
 * Both neighbours must find the same cut, or words are lost or heard twice. Decoded samples depend on where decoding
 * starts (noise substitution in AAC, rounded timestamps in Matroska, the phase of the resampler), so comparing the end
 * of one long decode with the start of another would be luck. Here both look at one and the same computation: sound
 * decoded from exactly border - 4 s, which segment k+1 has as the head of its own chunk and segment k gets from a
 * second input of the same process. 4 s, so that a decoder has settled long before the window.
 *
 * Gaps in the timestamps become silence, so sample n always lies at start + n / 16 ms on the source's timeline.
 */
import type { MediaSource } from '../../../connectors/ports/index.ts';
import { byteCollector, STREAM_FORMATS } from '../ffmpeg/index.ts';
import type { Ffmpeg, Probe, ProcessReport } from '../ffmpeg/index.ts';
import { quietestPoint, SAMPLES_PER_MS } from './quietest.ts';

export interface AudioPassInput {
  readonly source: MediaSource;
  readonly probe: Probe;
  readonly startMs: number;
  readonly endMs: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface AudioPass {
  /** `undefined` where there is no sound, or nothing but silence. */
  readonly chunk: { readonly startMs: number; readonly endMs: number; readonly pcm: Buffer } | undefined;
  /** Sound was decoded, if only silence. */
  readonly decoded: boolean;
  readonly report: ProcessReport;
}

export const SAMPLE_RATE_HZ = 1000 * SAMPLES_PER_MS;
const LEAD_MS = 4000;
const SEARCH_MS = 3000;
/** How far the last segment may go beyond the stated length. */
const TAIL_MS = 30_000;
/** -60 dB of full scale: no speech is that soft. */
const SILENCE_PEAK = 33;

export async function runAudioPass(ffmpeg: Ffmpeg, input: AudioPassInput): Promise<AudioPass> {
  const { startMs, endMs, first, last } = input;
  const main = { fromMs: first ? 0 : Math.max(0, startMs - LEAD_MS), toMs: endMs + (last ? TAIL_MS : LEAD_MS) };
  const border = { fromMs: Math.max(0, endMs - LEAD_MS), toMs: endMs + LEAD_MS };
  const stretches = last ? [main] : [main, border];
  const collectors = stretches.map(({ fromMs, toMs }) => byteCollector((toMs - fromMs + 1000) * SAMPLES_PER_MS * 2, 'The sound of a segment'));
  const report = await ffmpeg.run(input.source, {
    inputs: stretches.map(({ fromMs, toMs }) => ({ formats: STREAM_FORMATS, fromMs, lengthMs: toMs - fromMs, options: ['-vn', '-sn', '-dn'] })),
    outputs: stretches.map(({ fromMs, toMs }, index) => ({
      map: `${index}:a:0`, sink: index, options: ['-f', 's16le', '-c:a', 'pcm_s16le'],
      audioFilter: [
        'aformat=sample_fmts=s16:sample_rates=16000:channel_layouts=mono',
        `asetpts=PTS-${input.probe.startUs / 1e6}/TB`,
        `aresample=async=1:first_pts=${fromMs * SAMPLES_PER_MS}`,
        `atrim=end_pts=${toMs * SAMPLES_PER_MS}`,
      ].join(','),
    })),
    sinks: collectors.map(({ sink }) => sink),
    signal: input.signal,
  });

  const samples = samplesOf(collectors[0]?.bytes());
  const cutStart = first ? 0 : cutIn(samples, main.fromMs, startMs);
  const cutEnd = last ? main.fromMs + Math.floor(samples.length / SAMPLES_PER_MS) : cutIn(samplesOf(collectors[1]?.bytes()), border.fromMs, endMs);
  const kept = samples.subarray((cutStart - main.fromMs) * SAMPLES_PER_MS, (cutEnd - main.fromMs) * SAMPLES_PER_MS);
  return {
    decoded: samples.length > 0,
    report,
    chunk: isSilent(kept) ? undefined : { startMs: cutStart, endMs: cutStart + Math.ceil(kept.length / SAMPLES_PER_MS), pcm: Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength) },
  };
}

/** On the timeline. Where the sound ends too early to search, the planned border. */
function cutIn(samples: Int16Array, fromMs: number, borderMs: number): number {
  const at = quietestPoint(samples, Math.max(0, borderMs - SEARCH_MS - fromMs) * SAMPLES_PER_MS, (borderMs + SEARCH_MS - fromMs) * SAMPLES_PER_MS);
  return at === undefined ? borderMs : fromMs + at / SAMPLES_PER_MS;
}

function samplesOf(bytes: Buffer | undefined): Int16Array {
  if (bytes === undefined) return new Int16Array(0);
  // A copy where the bytes are not aligned: a view needs an even offset.
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : Buffer.from(bytes);
  return new Int16Array(aligned.buffer, aligned.byteOffset, Math.floor(bytes.length / 2));
}

const isSilent = (samples: Int16Array): boolean => samples.every((sample) => Math.abs(sample) < SILENCE_PEAK);
