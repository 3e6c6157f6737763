/** A still image: its size as it is shown, and its metadata. Pixels are not decoded here, only bounded. */
import sharp from 'sharp';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { MediaSource } from '../../connectors/ports/index.ts';
import { bytesForLibvips, IMAGE_FORMATS } from '../decode/index.ts';
import type { Ffmpeg } from '../decode/index.ts';
import { STILL } from './facts.ts';
import type { MediaFacts } from './facts.ts';
import { addImageTags } from './metadata/image-tags.ts';
import type { MetadataList } from './metadata/entries.ts';

export interface InspectedImage extends MediaFacts {
  /** More than one: it moves. */
  readonly frames: number;
}

/** @throws MillraceError MILL_MEDIA_CORRUPT, MILL_MEDIA_LIMIT */
export async function inspectImage(ffmpeg: Ffmpeg, source: MediaSource, format: string, list: MetadataList, signal?: AbortSignal): Promise<InspectedImage> {
  const header = await readHeader(source, ffmpeg.limits.maxImageBytes);
  const size = header ?? (format === 'targa' ? await targaSize(source) : await sizeByFfprobe(ffmpeg, source, signal));
  const { maxImagePixels } = ffmpeg.limits;
  if (size.width * size.height > maxImagePixels) throw new MillraceError('MILL_MEDIA_LIMIT', `The image has ${size.width} x ${size.height} pixels; the limit is ${maxImagePixels}`);
  if (header !== undefined) await addImageTags(list, header);
  return { ...STILL, mediaKind: 'IMAGE', container: format, width: size.width, height: size.height, frames: header?.frames ?? 1 };
}

async function readHeader(source: MediaSource, maxBytes: number): Promise<{ width: number; height: number; frames: number; exif?: Buffer; iptc?: Buffer; xmp?: Buffer } | undefined> {
  const bytes = await bytesForLibvips(source, maxBytes);
  if (bytes === undefined) return undefined;
  try {
    // The bound is checked by the caller, which has a better message.
    const { autoOrient, pages, format, exif, iptc, xmp } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return {
      width: autoOrient.width, height: autoOrient.height,
      // Pages of a TIFF are no film.
      frames: format === 'gif' ? pages ?? 1 : 1,
      ...(exif === undefined ? {} : { exif }), ...(iptc === undefined ? {} : { iptc }), ...(xmp === undefined ? {} : { xmp }),
    };
  } catch {
    return undefined;
  }
}

async function sizeByFfprobe(ffmpeg: Ffmpeg, source: MediaSource, signal: AbortSignal | undefined): Promise<{ width: number; height: number }> {
  const probe = await ffmpeg.probe(source, { formats: IMAGE_FORMATS, signal });
  const picture = probe.streams.find(({ type }) => type === 'video');
  if (picture === undefined || picture.width === 0) throw new MillraceError('MILL_MEDIA_CORRUPT', 'The image has no picture that can be decoded');
  return picture;
}

async function targaSize(source: MediaSource): Promise<{ width: number; height: number }> {
  const head = await source.read(0, 18);
  return { width: head.readUInt16LE(12), height: head.readUInt16LE(14) };
}
