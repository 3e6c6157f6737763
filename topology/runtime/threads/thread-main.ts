/** Runs in the worker: makes the Streams of the user's module, does what the main thread asks, and reports its states. */
import { parentPort, workerData } from 'node:worker_threads';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { toPlainError } from './messages.ts';
import type { FromThread, ThreadStart, ToThread } from './messages.ts';
import type { StreamThread, StreamThreadContext } from './stream-threads.ts';

const port = parentPort;
if (port === null) throw new MillraceError('MILL_CLOSED', 'This module runs in a worker thread.');
const { moduleUrl, threadName, data } = workerData as ThreadStart;
const tell = (message: FromThread): void => { port.postMessage(message); };

const { createStreams } = await import(moduleUrl) as { createStreams?: unknown };
if (typeof createStreams !== 'function') throw new MillraceError('MILL_CONFIG_INVALID', `${moduleUrl} exports no function createStreams.`);
const { streams, close } = await (createStreams as (context: StreamThreadContext) => Promise<StreamThread>)({ threadName, data });
streams.onStateChange((state) => { tell({ type: 'state', state, error: streams.error === null ? null : toPlainError(streams.error) }); });

async function answer(request: ToThread): Promise<Omit<Extract<FromThread, { type: 'reply' }>, 'type' | 'id'>> {
  switch (request.type) {
    case 'start':
      await streams.start();
      return {};
    case 'close':
      await streams.close({ timeoutMs: request.timeoutMs });
      await close?.();
      return {};
    case 'metrics': {
      const { state, tasks } = streams.metrics();
      return { metrics: { state, tasks: tasks.map((task) => ({ ...task, lastError: task.lastError === null ? null : new Error(task.lastError.message) })) } };
    }
  }
}

port.on('message', (request: ToThread) => {
  answer(request).then(
    (result) => { tell({ type: 'reply', id: request.id, ...result }); },
    (error: unknown) => { tell({ type: 'reply', id: request.id, error: toPlainError(error) }); },
  );
});
tell({ type: 'ready' });
