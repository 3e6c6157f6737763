/** Samples as the blob store holds them and as models want them. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { VoiceSpan } from '../inference/index.ts';
import { SAMPLE_RATE_HZ } from './parameters.ts';

/** Signed 16-bit little-endian bytes as floats from -1 to 1. */
export function samplesOf(bytes: Buffer): Float32Array {
  if (bytes.length % 2 !== 0) throw new MillraceError('MILL_MEDIA_CORRUPT', `An audio chunk of ${bytes.length} bytes is not made of 16-bit samples`);
  // Copied first: a Buffer may start at an odd address, where 16-bit numbers cannot be read.
  const integers = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const samples = new Float32Array(integers.length);
  integers.forEach((value, index) => { samples[index] = value / 32_768; });
  return samples;
}

/** A copy of the samples of a span, as far as there are any. */
export function cutSamples(pcm: Float32Array, { startMs, endMs }: VoiceSpan): Float32Array {
  const at = (ms: number): number => Math.round((ms * SAMPLE_RATE_HZ) / 1000);
  return pcm.slice(at(Math.max(0, startMs)), at(endMs));
}
