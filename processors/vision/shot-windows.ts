/**
 * The windows in which a shot network sees a video: 100 frames each, 50 apart, of which the middle 50 count, so that
 * every frame is judged with at least 25 frames of context on both sides. Beyond the ends, the first and the last
 * frame stand still.
 */

export const FRAME_WIDTH = 48;
export const FRAME_HEIGHT = 27;
export const FRAME_BYTES = FRAME_WIDTH * FRAME_HEIGHT * 3;
export const WINDOW_FRAMES = 100;
/** Frames of a window that count, and the distance of windows. */
export const WINDOW_STEP = 50;
/** First frame of a window that counts. */
export const WINDOW_MARGIN = 25;

/** Frame numbers of the first window's counted frames are 0 to 49, of the second's 50 to 99, and so on. */
export const windowCount = (frameCount: number): number => Math.ceil(frameCount / WINDOW_STEP);

/** Pixels of one window. */
export function windowFrames(frames: Uint8Array, frameCount: number, window: number): Uint8Array {
  const pixels = new Uint8Array(WINDOW_FRAMES * FRAME_BYTES);
  for (let slot = 0; slot < WINDOW_FRAMES; slot += 1) {
    const frame = Math.min(frameCount - 1, Math.max(0, window * WINDOW_STEP + slot - WINDOW_MARGIN));
    pixels.set(frames.subarray(frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES), slot * FRAME_BYTES);
  }
  return pixels;
}
