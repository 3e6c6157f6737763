/** Several stream threads in one process. */
export { StreamThreads } from './stream-threads.ts';
export type { CreateStreams, StreamThread, StreamThreadContext, StreamThreadsOptions } from './stream-threads.ts';
