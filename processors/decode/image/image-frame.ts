/**
 * A photograph as one JPEG of at most 1280 pixels on the long side, turned as its EXIF orientation says. sharp reads
 * it; what sharp cannot read, ffmpeg may (BMP, TGA, PSD and damaged files, of which it keeps what there is). The first
 * frame stands for an animation that got here.
 */
import sharp from 'sharp';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { MediaSource } from '../../../connectors/ports/index.ts';
import { IMAGE_FORMATS, jpegCollector, TARGA_INPUT } from '../ffmpeg/index.ts';
import type { Ffmpeg } from '../ffmpeg/index.ts';
import { MAX_FRAME_SIDE } from '../video/fit.ts';
import { LIBVIPS_FORMATS, signatureOf } from './signatures.ts';

export interface ImageFrame {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** What is wrong with the file though it could be read. */
  readonly damage: string | null;
}

const QUALITY = 85;
const MAX_SECONDS = 60;

/** @throws MillraceError MILL_MEDIA_CORRUPT, MILL_MEDIA_LIMIT */
export async function decodeImage(ffmpeg: Ffmpeg, source: MediaSource, fileName: string, signal?: AbortSignal): Promise<ImageFrame> {
  const { maxImagePixels } = ffmpeg.limits;
  const bytes = await bytesForLibvips(source, ffmpeg.limits.maxImageBytes);
  let damage: string | null = null;
  if (bytes !== undefined) {
    try {
      return { ...await toJpeg(bytes, maxImagePixels), damage: null };
    } catch (error) {
      const said = error instanceof Error ? error.message.split('\n')[0] ?? '' : String(error);
      if (said.includes('exceeds pixel limit')) throw new MillraceError('MILL_MEDIA_LIMIT', `The image has more than ${maxImagePixels} pixels`, { cause: error });
      damage = `The image is damaged: ${said.slice(0, 300)}`;
    }
  }
  return { ...await toJpeg(await byFfmpeg(ffmpeg, source, fileName, signal), maxImagePixels), damage };
}

/**
 * The file for libvips, if it may have it. As bytes: a name could be replaced under our hands and libvips reads options
 * out of names, and by a descriptor's path its cache takes one file for another.
 * @throws MillraceError MILL_MEDIA_LIMIT
 */
export async function bytesForLibvips(source: MediaSource, maxBytes: number): Promise<Buffer | undefined> {
  const signature = signatureOf(await source.read(0, 64));
  if (signature === undefined || !LIBVIPS_FORMATS.has(signature.format)) return undefined;
  if (source.sizeBytes > maxBytes) throw new MillraceError('MILL_MEDIA_LIMIT', `The image has ${source.sizeBytes} bytes; the limit is ${maxBytes}`);
  return source.read(0, source.sizeBytes);
}

async function toJpeg(input: Buffer, limitInputPixels: number): Promise<{ jpeg: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(input, { limitInputPixels, failOn: 'error', sequentialRead: true })
    .autoOrient()
    .resize({ width: MAX_FRAME_SIDE, height: MAX_FRAME_SIDE, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: QUALITY })
    .timeout({ seconds: MAX_SECONDS })
    .toBuffer({ resolveWithObject: true });
  return { jpeg: data, width: info.width, height: info.height };
}

async function byFfmpeg(ffmpeg: Ffmpeg, source: MediaSource, fileName: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const images = jpegCollector(32 << 20);
  const targa = await looksLikeTarga(source, fileName);
  const report = await ffmpeg.run(source, {
    inputs: [{ formats: targa ? ['image2'] : IMAGE_FORMATS, options: targa ? TARGA_INPUT : [] }],
    outputs: [{
      map: '0:v:0', sink: 0,
      videoFilter: `scale=w='min(${MAX_FRAME_SIDE},iw)':h='min(${MAX_FRAME_SIDE},ih)':force_original_aspect_ratio=decrease,format=yuvj420p`,
      options: ['-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '2', '-flags', 'bitexact', '-f', 'mjpeg'],
    }],
    sinks: [images.sink],
    signal,
  });
  const [image] = images.images();
  if (image === undefined) throw new MillraceError('MILL_MEDIA_CORRUPT', `The image cannot be decoded${report.errors[0] === undefined ? '' : `: ${report.errors[0]}`}`);
  return image;
}

const TARGA_FOOTER = 'TRUEVISION-XFILE.\0';
const TARGA_TYPES = new Set([1, 2, 3, 9, 10, 11]);

/** A footer that only version 2 has, or the name together with a header that makes sense. */
export async function looksLikeTarga(source: MediaSource, fileName: string): Promise<boolean> {
  const tail = await source.read(source.sizeBytes - TARGA_FOOTER.length, TARGA_FOOTER.length);
  if (tail.toString('latin1') === TARGA_FOOTER) return true;
  const head = await source.read(0, 18);
  return /\.(?:tga|targa|vda|icb|vst)$/i.test(fileName) && head.length === 18 && (head[1] ?? 2) <= 1 && TARGA_TYPES.has(head[2] ?? 0)
    && head.readUInt16LE(12) > 0 && head.readUInt16LE(14) > 0 && [8, 15, 16, 24, 32].includes(head[16] ?? 0);
}
