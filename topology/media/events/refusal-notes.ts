const SAY_AGAIN_MS = 60_000;

/** Says what was refused: the first at once, and then how many there were, once a minute at most. */
export function createRefusalNotes(notice: (line: string) => void, nowMs: () => number = Date.now): (reason: string) => void {
  let saidMs = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (reason) => {
    unsaid++;
    if (nowMs() - saidMs < SAY_AGAIN_MS) return;
    notice(`${unsaid} ${unsaid === 1 ? 'event is' : 'events are'} missing in the dashboards; the last was refused: ${reason}`);
    saidMs = nowMs();
    unsaid = 0;
  };
}
