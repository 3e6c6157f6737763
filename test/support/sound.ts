/** Sound for tests: samples of the project decoded by ffmpeg, silence, noise, and how well words were heard. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { editDistance } from '../../bench/eval/edit-distance.ts';
import { projectFile } from '../../ops/paths.ts';

const SAMPLE_RATE_HZ = 16_000;

/** Signed 16-bit little-endian mono, as decoding stores it. */
export async function decodedSample(...sample: string[]): Promise<Buffer> {
  const args = ['-v', 'error', '-i', projectFile('samples', 'media', ...sample), '-vn', '-ac', '1', '-ar', String(SAMPLE_RATE_HZ), '-f', 's16le', '-'];
  const { stdout } = await promisify(execFile)('ffmpeg', args, { encoding: 'buffer', maxBuffer: 64 << 20 });
  return stdout;
}

export const silence = (durationMs: number): Buffer => Buffer.alloc((durationMs * SAMPLE_RATE_HZ * 2) / 1000);

/** White noise that is the same each time. */
export function noise(durationMs: number, peak = 2_000): Buffer {
  let state = 1;
  const samples = Int16Array.from({ length: (durationMs * SAMPLE_RATE_HZ) / 1000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 31 - 1) * peak;
  });
  return Buffer.from(samples.buffer);
}

export const durationMsOf = (pcm: Buffer): number => (pcm.length / 2 / SAMPLE_RATE_HZ) * 1000;

/** Words that differ (wrong, missing, too many), over the words of the truth. */
export function wordErrorRate(truth: string, heard: string): number {
  const expected = wordsOf(truth);
  return editDistance(wordsOf(heard), expected) / expected.length;
}

const wordsOf = (text: string): string[] => text.toLowerCase().replaceAll('mr.', 'mister').match(/[a-z0-9']+/g) ?? [];
