/** Sinks for what ffmpeg writes: each has a bound, and over it the process is ended. */
import { MillraceError } from '../../../connectors/ports/index.ts';

/** Takes bytes in order. What it throws ends the process. */
export type ByteSink = (chunk: Buffer) => void;

export interface Collector {
  readonly sink: ByteSink;
  bytes(): Buffer;
}

/** Keeps everything, up to `maxBytes`. */
export function byteCollector(maxBytes: number, what: string): Collector {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    sink: (chunk) => {
      length += chunk.length;
      if (length > maxBytes) throw new MillraceError('MILL_MEDIA_LIMIT', `${what} is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    },
    bytes: () => Buffer.concat(chunks),
  };
}

/** Whole records of one size; a broken last one is left out. */
export function recordCollector(recordBytes: number, maxRecords: number, what: string): Collector & { count(): number } {
  const collector = byteCollector(recordBytes * maxRecords, what);
  let length = 0;
  return {
    sink: (chunk) => {
      collector.sink(chunk);
      length += chunk.length;
    },
    count: () => Math.floor(length / recordBytes),
    bytes: () => collector.bytes().subarray(0, Math.floor(length / recordBytes) * recordBytes),
  };
}

/** JPEG images out of one stream of them. An end marker (FF D9) occurs nowhere else in what ffmpeg encodes. */
export function jpegCollector(maxBytes: number): { readonly sink: ByteSink; images(): Buffer[] } {
  const collector = byteCollector(maxBytes, 'The key frames of a segment');
  return {
    sink: collector.sink,
    images: () => {
      const all = collector.bytes();
      const images: Buffer[] = [];
      let start = 0;
      for (let end = all.indexOf(END_OF_IMAGE); end >= 0; end = all.indexOf(END_OF_IMAGE, end + 2)) {
        images.push(all.subarray(start, end + 2));
        start = end + 2;
      }
      return images;
    },
  };
}

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

/**
 * Timestamps as the filter `metadata=print` writes them: `frame:7 pts:280000 pts_time:0.28`. The integer is taken,
 * since the other is rounded to six digits.
 */
export function timestampCollector(maxTimestamps: number): { readonly sink: ByteSink; values(): number[] } {
  const collector = byteCollector(maxTimestamps * 80, 'The list of timestamps');
  return {
    sink: collector.sink,
    values: () => [...collector.bytes().toString('latin1').matchAll(/^frame:\S+\s+pts:(-?\d+)/gm)].map((match) => Number(match[1])),
  };
}
