/** Instances: the process that owns a data directory, and ways to reach it. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { Paths } from '../paths.ts';
import type { Instance } from './instance.ts';
import { openIdle, openOwner, type LocalOptions } from './local.ts';
import { connectInstance } from './remote.ts';

export type { AssetSummary, AuditCursor, Instance, ModelStatus, StatusReport } from './instance.ts';
export { openOwner, type LocalOptions, type Owner } from './local.ts';

/** The running instance of this data directory, or else one of our own that runs until it is closed. */
export async function openInstance(paths: Paths, options: LocalOptions = {}): Promise<Instance> {
  return (await connectInstance(paths.socket)) ?? orTheOneThatIsStarting(paths, () => openOwner(paths, options));
}

/** The running instance, or else the data directory as it lies. */
export async function openObserver(paths: Paths): Promise<Instance> {
  return (await connectInstance(paths.socket)) ?? orTheOneThatIsStarting(paths, () => openIdle(paths));
}

/** An instance that has the lock but not its socket yet answers a moment later. */
async function orTheOneThatIsStarting(paths: Paths, open: () => Promise<Instance>): Promise<Instance> {
  try {
    return await open();
  } catch (error) {
    const running = error instanceof MillraceError && error.code === 'MILL_STATE_LOCKED' ? await connectInstance(paths.socket) : undefined;
    if (running === undefined) throw error;
    return running;
  }
}
