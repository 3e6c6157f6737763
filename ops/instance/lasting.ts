/**
 * An instance that outlives the process behind it: when the owner of the data directory ends, the next request opens the
 * directory anew, in this process or in one that came first. A request that was on its way is sent again, which is safe:
 * submissions are told apart by their eventId, and a second tombstone changes nothing.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { Instance } from './instance.ts';

export function lasting(first: Instance, reopen: () => Promise<Instance>, notice: (line: string) => void = () => undefined): Instance {
  let current = first;
  const ask = async <T>(request: (instance: Instance) => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await request(current);
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== 'MILL_NOT_RUNNING') throw error;
      }
      notice('the instance that ran here has ended; going on in its place');
      await current.close();
      current = await reopen();
    }
  };
  return {
    submit: (events) => ask((instance) => instance.submit(events)),
    remove: (assetIds) => ask((instance) => instance.remove(assetIds)),
    status: () => ask((instance) => instance.status()),
    assets: (assetIds) => ask((instance) => instance.assets(assetIds)),
    assetsUnder: (library, folderUri) => ask((instance) => instance.assetsUnder(library, folderUri)),
    deadLetters: (limit, filter) => ask((instance) => instance.deadLetters(limit, filter)),
    deadLetter: (id) => ask((instance) => instance.deadLetter(id)),
    retryDeadLetters: (filter) => ask((instance) => instance.retryDeadLetters(filter)),
    purgeDeadLetters: (filter) => ask((instance) => instance.purgeDeadLetters(filter)),
    auditEnd: () => ask((instance) => instance.auditEnd()),
    audit: (from) => ask((instance) => instance.audit(from)),
    close: () => current.close(),
  };
}
