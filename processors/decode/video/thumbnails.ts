/** The frames of a segment at 48 x 27, which is what the shot model looks at, and their times. */
export const THUMB_WIDTH = 48;
export const THUMB_HEIGHT = 27;
export const THUMB_BYTES = THUMB_WIDTH * THUMB_HEIGHT * 3;
/** Frames that come quicker are left out: models of shots are trained on 24 to 30 a second, and cost grows with each. */
export const MAX_THUMB_RATE = 31;

export interface Thumbnails {
  /** `times.length` x 27 x 48 x 3 bytes, RGB. */
  readonly pixels: Uint8Array;
  /** On the source's timeline, in microseconds, rising. */
  readonly times: readonly number[];
}

export const thumbnailAt = ({ pixels }: Thumbnails, index: number): Uint8Array => pixels.subarray(index * THUMB_BYTES, (index + 1) * THUMB_BYTES);
