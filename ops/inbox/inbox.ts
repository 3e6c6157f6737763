/**
 * `millrace inbox`: an object that is put into the bucket becomes a media event, once in effect.
 *
 *     told (listen, webhook) ─┐
 *                             ├─> intake: publish, acknowledged, note in the checkpoint
 *     listed (reconcile) ─────┘
 *
 * Whoever tells is heard first, and the bucket is listed after that; so there is no moment between in which an object
 * could slip through. It is listed again after every interruption, and every so often whatever happens: being told is
 * for speed, and the listing is what nothing is lost by.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { listenForObjects } from '../../connectors/minio/index.ts';
import { toMillraceError } from '../../connectors/ports/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Intake } from './intake.ts';
import { limited } from './limited.ts';
import { persist } from './persist.ts';
import { reconcile, type Bucket } from './reconcile.ts';

export type InboxMode = 'listen' | 'webhook' | 'poll';

export interface InboxOptions extends Bucket {
  readonly mode: InboxMode;
  readonly intake: Intake;
  readonly checkpoint: Checkpoint;
  /** Between two listings. */
  readonly listEveryMs: number;
  readonly signal: AbortSignal;
  readonly notice: (line: string) => void;
  /** After each listing. */
  readonly onReconciled?: () => void;
}

/** Notifications that are worked on at a time; more wait in the connection. */
const CONCURRENCY = 32;
const RECONNECT_MS = 500;

/** Resolves when the signal aborts and what was under way has ended. @throws MillraceError for what waiting does not help against */
export async function runInbox(options: InboxOptions): Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const due = new Due(signal);
  const parts = [listRepeatedly({ ...options, signal }, due)];
  if (options.mode === 'listen') parts.push(listen({ ...options, signal }, due));
  else due.now();
  const failures = await Promise.allSettled(parts.map((part) => part.catch((error: unknown) => {
    ended.abort(error);
    throw error;
  })));
  if (options.signal.aborted) return;
  throw failures.find((result) => result.status === 'rejected')?.reason ?? new Error('The inbox has ended.');
}

async function listRepeatedly(options: InboxOptions, due: Due): Promise<void> {
  const { intake, checkpoint, signal, listEveryMs, onReconciled = () => undefined } = options;
  for (;;) {
    await due.wait(listEveryMs);
    await persist('the listing', () => reconcile(options, intake, checkpoint, signal), options);
    onReconciled();
  }
}

async function listen(options: InboxOptions, due: Due): Promise<void> {
  const { client, bucket, prefix, intake, signal } = options;
  for (;;) {
    const working = limited(CONCURRENCY);
    let heard = false;
    await persist('listening', async () => {
      const onListening = (): void => {
        heard = true;
        due.now();
      };
      try {
        for await (const key of listenForObjects(client, bucket, { prefix, signal, onListening })) {
          await working.start(() => persist(key, () => intake.told(key), options));
        }
      } catch (error) {
        // Back-off is for a server that is not there; a connection that stood is made again soon.
        if (!heard || !toMillraceError(error).transient) throw error;
      }
    }, options);
    await working.done();
    await sleep(RECONNECT_MS, undefined, { signal });
  }
}

/** When the bucket is to be listed next. */
class Due {
  readonly #signal: AbortSignal;
  #isNow = false;
  #wake = new AbortController();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  now(): void {
    this.#isNow = true;
    this.#wake.abort();
  }

  async wait(atMostMs: number): Promise<void> {
    if (!this.#isNow) await sleep(atMostMs, undefined, { signal: AbortSignal.any([this.#signal, this.#wake.signal]) }).catch(() => undefined);
    this.#signal.throwIfAborted();
    this.#isNow = false;
    this.#wake = new AbortController();
  }
}
