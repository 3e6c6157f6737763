/** Pictures as bytes: the one place of this folder that decodes and scales. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';

// Inference workers are the unit of parallelism: libvips must not start threads of its own in each of them.
sharp.concurrency(1);
sharp.cache(false);

export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** Rows from the top, three bytes a pixel: red, green, blue. */
  readonly data: Uint8Array;
}

/** Any picture as 8-bit sRGB without transparency. */
export const openPicture = (bytes: Uint8Array): Sharp => sharp(bytes, { failOn: 'error' }).removeAlpha().toColourspace('srgb');

export async function rgbOf(picture: Sharp): Promise<RgbImage> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** The centre square, scaled to `side`; with `inner`, only the middle `inner` pixels of that. */
export async function centreSquare(bytes: Uint8Array, side: number, inner = side): Promise<Uint8Array> {
  const square = openPicture(bytes).resize(side, side, { fit: 'cover', kernel: 'cubic' });
  const margin = (side - inner) / 2;
  const { data } = await rgbOf(inner === side ? square : square.extract({ left: margin, top: margin, width: inner, height: inner }));
  return data;
}
