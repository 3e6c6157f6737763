/** Instances: the process that owns a data directory, and ways to reach it. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { Config } from '../config/index.ts';
import type { Paths } from '../paths.ts';
import { kafkaOf } from '../profile/index.ts';
import type { Instance } from './instance.ts';
import { lasting } from './lasting.ts';
import { openIdle, openOwner, type LocalOptions, type Owner } from './local.ts';
import { connectInstance } from './remote.ts';

export type { AssetSummary, AuditCursor, DeadLetterDetail, Instance, ModelStatus, ServerStatus, StatusReport } from './instance.ts';
export type { LocalOptions, Owner } from './local.ts';
export { patiently, type PatienceOptions } from './patience.ts';

export interface OpenOptions extends LocalOptions {
  /** Ends the wait for a data directory that another process is about to give back, and for servers that are down. */
  readonly signal?: AbortSignal;
}

/** The running instance of this data directory, or else one of our own that runs until it is closed. When that instance ends, our own goes on. */
export async function openInstance(config: Config, paths: Paths, options: OpenOptions = {}): Promise<Instance> {
  const reachOrOpen = async (): Promise<Instance> => (await connectInstance(paths.socket)) ?? openOwner(config, paths, options);
  const open = (): Promise<Instance> => whenFree(reachOrOpen, options);
  return lasting(await open(), open, options.notice);
}

/** The running instance, or else the data directory as it lies. @throws MillraceError MILL_INDEX_MISSING where there is none */
export async function openObserver(config: Config, paths: Paths): Promise<Instance> {
  return whenFree(async () => {
    const running = await connectInstance(paths.socket);
    if (running !== undefined) return running;
    if (kafkaOf(config) === null && !existsSync(paths.log) && !existsSync(paths.index)) throw new MillraceError('MILL_INDEX_MISSING', `Nothing is in ${paths.data} yet.`);
    return openIdle(config, paths);
  });
}

/** An instance of our own, which others reach. @throws MillraceError MILL_STATE_LOCKED where one runs already */
export async function startInstance(config: Config, paths: Paths, options: OpenOptions = {}): Promise<Owner> {
  return whenFree(async () => {
    const running = await connectInstance(paths.socket);
    if (running === undefined) return openOwner(config, paths, options);
    const { processId } = await running.status();
    await running.close();
    throw new AlreadyRuns(`An instance runs already in ${paths.data}: process ${processId ?? 'unknown'}.`);
  }, options);
}

class AlreadyRuns extends MillraceError {
  constructor(message: string) {
    super('MILL_STATE_LOCKED', message, { hint: 'The other commands reach it; a second instance needs a directory of its own (--data).' });
  }
}

const RETRY_MS = 200;
/** Longer than an owner takes to close. */
const PATIENCE_MS = 30_000;

/** A process that holds the directory, and does not answer, is starting or closing or only looks: it is done in a moment. */
async function whenFree<T>(open: () => Promise<T>, { signal, notice }: OpenOptions = {}): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    try {
      return await open();
    } catch (error) {
      const held = error instanceof MillraceError && error.code === 'MILL_STATE_LOCKED' && !(error instanceof AlreadyRuns);
      if (!held || waitedMs >= PATIENCE_MS) throw error;
    }
    if (waitedMs === 5 * RETRY_MS) notice?.('another process holds the data directory; waiting until it gives it back');
    await sleep(RETRY_MS);
    signal?.throwIfAborted();
  }
}
