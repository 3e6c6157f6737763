/** Time as the engine sees it, so that tests can drive it by hand. */
export interface Clock {
  nowMs(): number;
  /** Returns what cancels the timer. */
  setTimer(delayMs: number, callback: () => void): () => void;
  /** A wait before another try. Apart from `setTimer`, so that a test need not sit through it. */
  backOff(delayMs: number, callback: () => void): () => void;
}

const timer = (delayMs: number, callback: () => void): (() => void) => {
  const handle = setTimeout(callback, delayMs);
  return () => { clearTimeout(handle); };
};

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer: timer,
  backOff: timer,
};
