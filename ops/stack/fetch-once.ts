/**
 * Fetches a server into its folder of the cache, once: the folder appears whole or not at all. May be killed at any
 * moment and called again; of several at the same time one fetches, and the others wait.
 */
import { access, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLock, bytesUnder, draftOf, sweepDrafts } from '../system/index.ts';

const POLL_MS = 500;
/** The time between two counts, in times of one. */
const COUNTING_SHARE = 20;

export interface FetchOptions {
  /** @default the user's cache */
  readonly cacheDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly log?: ((line: string) => void) | undefined;
  /** Bytes so far, of all, about. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

export interface Fetchable {
  /** As it stands in messages. */
  readonly name: string;
  readonly directory: string;
  /** Downloads and what is made of them, about. */
  readonly totalBytes: number;
  /** Does the work in an empty folder. @returns what of it becomes the directory */
  readonly fetch: (draft: string) => Promise<string>;
}

/** Returns at once when it is there. */
export async function fetchOnce({ name, directory, totalBytes, fetch }: Fetchable, { signal, log = () => undefined, onProgress = () => undefined }: FetchOptions): Promise<void> {
  if (await exists(directory)) return;
  const parent = path.dirname(directory);
  await mkdir(parent, { recursive: true });
  const release = await acquireLock(parent, { signal, onWait: (pid) => { log(`Process ${pid} is fetching ${name}; waiting for it`); } });
  const draft = draftOf(directory);
  try {
    if (await exists(directory)) return;
    await sweepDrafts(parent);
    await mkdir(draft);
    const watch = new AbortController();
    void follow(draft, (bytes) => { onProgress(Math.min(bytes, totalBytes), totalBytes); }, watch.signal);
    try {
      await rename(await fetch(draft), directory);
    } finally {
      watch.abort();
    }
    onProgress(totalBytes, totalBytes);
  } finally {
    // Again where a program that was just stopped still writes there.
    await rm(draft, { recursive: true, force: true, maxRetries: 5 });
    await release();
  }
}

/** Tells how much lies in a folder now and then: counting many files takes a while, and is to take a small part of the time. */
async function follow(folder: string, tell: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  const ended = (): boolean => signal.aborted;
  while (!ended()) {
    const startedMs = performance.now();
    const bytes = await bytesUnder(folder);
    if (ended()) return;
    tell(bytes);
    await sleep(Math.max(POLL_MS, COUNTING_SHARE * (performance.now() - startedMs)), undefined, { signal, ref: false }).catch(() => undefined);
  }
}

export const exists = (file: string): Promise<boolean> => access(file).then(() => true, () => false);
