/** Mends a timer of kafkajs. */
import type { RequestQueue } from 'kafkajs/src/cluster/connectionPoolBuilder.js';

const CHECK_INTERVAL_MS = 10;

/**
 * Once a connection has been used, kafkajs looks every millisecond, for ever, whether requests are held back, and Node 24
 * warns of its negative time-outs on stderr. Here it looks only while there are some.
 */
export function calm(queue: RequestQueue): void {
  queue.scheduleCheckPendingRequests = () => {
    if (queue.throttleCheckTimeoutId !== null || queue.pending.length === 0) return;
    queue.throttleCheckTimeoutId = setTimeout(() => {
      queue.throttleCheckTimeoutId = null;
      queue.checkPendingRequests();
    }, Math.max(CHECK_INTERVAL_MS, queue.throttledUntil - Date.now()));
  };
}
