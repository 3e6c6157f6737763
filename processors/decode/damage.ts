/** Whether what ffmpeg gave is all there was. It ends well from most damage, so its words count, not only its exit. */
import type { ProcessReport } from './ffmpeg/index.ts';

/** The file ends before its index says. */
const TRUNCATED = /partial file|ended prematurely|truncat|end of file/i;
/** The demuxer lost its place and went on behind it: what lay between is missing, and no decoder says so. */
const BROKEN_CONTAINER = /invalid track number|exceeds containing master element|invalid as first byte of an ebml number/i;
const BROKEN_PICTURE = /error while decoding|invalid data found|concealing|corrupt|invalid nal/i;
/** Said when a stretch holds nothing of a stream, which is no damage. */
const NOTHING_THERE = /cannot determine format of input stream|error marking filters|conversion failed|does not match any streams|finishing stream|error initializing (?:a )?(?:simple )?filter|nothing was encoded/i;

/** The most telling line; `null` for a clean pass. */
export function damageOf(report: ProcessReport, type: 'video' | 'audio'): string | null {
  const signs = type === 'video' ? [TRUNCATED, BROKEN_PICTURE, BROKEN_CONTAINER] : [TRUNCATED, BROKEN_CONTAINER];
  const [telling] = signs.flatMap((sign) => report.errors.find((line) => sign.test(line)) ?? []);
  if (telling !== undefined) return telling;
  if (report.exitCode === 0) return null;
  const other = report.errors.filter((line) => !NOTHING_THERE.test(line));
  if (other.length === 0 && report.errors.length > 0) return null;
  return other[0] ?? `ffmpeg ended with code ${report.exitCode}`;
}
