/**
 * Taking the moments of an asset out of the index, through a revision.
 *
 * The trap. `_delete_by_query` finds what a search finds: what the last refresh made visible. A moment that was
 * acknowledged just before is not found, and would outlive its asset for ever. A refresh must not be forced either: it
 * would cost every writer, and a stream of removals would make one segment after another.
 *
 * So a removal waits for the refresh that comes anyway. Into each shard of each index that may hold moments goes a delete of
 * a document that never exists, with `refresh=wait_for`: all of them are one bulk request. Elasticsearch answers when a refresh has
 * made visible, on every copy of the shard, all operations up to this one; a moment that was acknowledged before this request was
 * sent stands before it in the shard, whoever wrote it. Counters of refreshes cannot say as much: a refresh that is counted
 * after the write may have begun before it, and a shard without news counts none at all. Then the delete by query runs. Where it meets
 * conflicts (a document was written between its search and its delete), or may have left some, it waits for the next refresh and
 * runs again until nothing was left. Every index has a refresh interval of its own (templates.ts), so the wait ends; where an operator has
 * stopped refreshing, it ends as an outage when its time is over. A refresh is forced by nothing here: Elasticsearch does that from
 * the thousandth request on that waits for one shard, and one process has one.
 *
 * All removals that are asked for while one runs go together into the next: they share its wait, and one query.
 *
 * Late writes. A process that has lost its partition may have a bulk request on its way while the new owner removes. Three things
 * keep it from bringing a document back:
 *  - Documents carry their revision as version, and are written with `external_gte`. What a query has deleted at version r keeps
 *    version r + 1 as its grave (a delete adds one), and the document of an asset is deleted at version r + 1 by us: an older write of
 *    it, at r, is a conflict, while revision r + 1 of the same asset is none. It is deleted as `external`, not `external_gte`: a
 *    document that is at r + 1 already is newer than the removal, and stays.
 *  - Graves are kept for `index.gc_deletes`, 10 minutes. A writer sends nothing later than two time-outs after it was
 *    called, and its last request ends within one more: a minute and a half by default.
 *  - A moment that was never written has no grave. It could be written late only by a request that the server had received, and
 *    not executed, before the wait above began, from an owner that was gone by then; the new owner reads the same moment from the log
 *    again, and writes it before the removal unless the removal comes first there. This is a matter of the server's queue, seconds
 *    at most, and a new owner takes over after the session time-out. It is not proven impossible, and repeating the removal mends it.
 *
 * Where an error comes anywhere in between, everything may be repeated: what is gone is not found again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { estypes } from '@elastic/elasticsearch';
import { MillraceError } from '../../ports/index.ts';
import type { IndexCatalog, MomentIndex } from '../catalog.ts';
import type { ElasticsearchClient } from '../client.ts';
import { isBlock, reasonOfFault } from '../errors.ts';
import type { ElasticsearchFault } from '../errors.ts';
import { ShardRoutings } from './shard-routings.ts';

export interface Removal {
  readonly assetId: string;
  /** Moments of older revisions go. */
  readonly belowRevision: number;
}

interface Waiting {
  readonly removals: readonly Removal[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Of one query: it takes seconds, and so ends within the time-out of a request. */
const MAX_DOCUMENTS = 10_000;
/** Of one query, each an alternative. */
const MAX_ASSETS = 500;
/** Runs that delete nothing although something is there. */
const MAX_VAIN_RUNS = 5;
const BACKOFF_MS = 200;

/** It is never written. */
const NOBODY = 'millrace-removal';

export class Removals {
  readonly #client: ElasticsearchClient;
  readonly #catalog: IndexCatalog;
  readonly #routings: ShardRoutings;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(client: ElasticsearchClient, catalog: IndexCatalog) {
    this.#client = client;
    this.#catalog = catalog;
    this.#routings = new ShardRoutings(client);
  }

  /** @throws MillraceError MILL_INDEX_UNAVAILABLE, MILL_INDEX_REFUSED, MILL_CLOSED */
  remove(removals: readonly Removal[]): Promise<void> {
    if (removals.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ removals, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      try {
        await this.#removeAll(newestOf(taken.flatMap(({ removals }) => removals)));
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    this.#running = false;
  }

  async #removeAll(removals: readonly Removal[]): Promise<void> {
    let left: readonly (readonly Removal[])[] = inParts(removals);
    for (let vain = 0; left.length > 0;) {
      const indexes = await this.#catalog.momentIndexes();
      if (indexes.length === 0) return;
      await this.#waitForRefresh(indexes);
      const unfinished: (readonly Removal[])[] = [];
      let deleted = 0;
      for (const part of left) {
        const run = await this.#deleteByQuery(indexes, part);
        deleted += run.deleted;
        if (!run.complete) unfinished.push(part);
      }
      left = unfinished;
      vain = deleted > 0 ? 0 : vain + 1;
      if (left.length > 0 && vain === MAX_VAIN_RUNS) throw new MillraceError('MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${this.#client.address} cannot remove moments: others write them all the time`);
      if (left.length > 0 && vain > 0) await sleep(BACKOFF_MS * vain);
    }
  }

  async #waitForRefresh(indexes: readonly MomentIndex[]): Promise<void> {
    const lines: string[] = [];
    for (const index of indexes) {
      for (const routing of await this.#routings.of(index)) lines.push(JSON.stringify({ delete: { _index: index.name, _id: NOBODY, routing } }));
    }
    const what = 'the wait for a refresh';
    const { items } = await this.#client.call(what, (es) =>
      es.transport.request<{ readonly items: readonly { readonly delete: { readonly status: number; readonly error?: ElasticsearchFault } }[] }>(
        { method: 'POST', path: '/_bulk', bulkBody: `${lines.join('\n')}\n`, querystring: { refresh: 'wait_for', filter_path: 'items.*.status,items.*.error' } }));
    for (const { delete: { error } } of items) {
      // An index that is gone has no moments.
      if (error !== undefined && error.type !== 'index_not_found_exception') throw this.#failed(what, error);
    }
  }

  async #deleteByQuery(indexes: readonly MomentIndex[], removals: readonly Removal[]): Promise<{ readonly deleted: number; readonly complete: boolean }> {
    const what = 'the removal of moments';
    const { deleted = 0, total = 0, version_conflicts: conflicts = 0, timed_out: timedOut = false, failures = [] } = await this.#client.call(what, (es) =>
      es.deleteByQuery({
        index: indexes.map(({ name }) => name), ignore_unavailable: true, conflicts: 'proceed', refresh: false, max_docs: MAX_DOCUMENTS,
        query: { bool: { minimum_should_match: 1, should: removals.map(clauseOf) } },
      }));
    const [failure] = failures as readonly { readonly cause?: ElasticsearchFault; readonly reason?: ElasticsearchFault }[];
    if (failure !== undefined) throw this.#failed(what, failure.cause ?? failure.reason ?? {});
    return { deleted, complete: conflicts === 0 && !timedOut && total < MAX_DOCUMENTS };
  }

  #failed(what: string, fault: ElasticsearchFault): MillraceError {
    const refused = fault.type === 'security_exception';
    const verb = refused ? 'refused' : isBlock(fault) ? 'blocks' : 'cannot do';
    return new MillraceError(refused ? 'MILL_INDEX_REFUSED' : 'MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${this.#client.address} ${verb} ${what}: ${reasonOfFault(fault)}`);
  }
}

const clauseOf = ({ assetId, belowRevision }: Removal): estypes.QueryDslQueryContainer => ({ bool: { filter: [{ term: { assetId } }, { range: { revision: { lt: belowRevision } } }] } });

/** One for each asset: the furthest. */
function newestOf(removals: readonly Removal[]): Removal[] {
  const furthest = new Map<string, Removal>();
  for (const removal of removals) {
    if ((furthest.get(removal.assetId)?.belowRevision ?? -1) < removal.belowRevision) furthest.set(removal.assetId, removal);
  }
  return [...furthest.values()];
}

const inParts = (removals: readonly Removal[]): Removal[][] =>
  Array.from({ length: Math.ceil(removals.length / MAX_ASSETS) }, (_, part) => removals.slice(part * MAX_ASSETS, (part + 1) * MAX_ASSETS));
