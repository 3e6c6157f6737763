/**
 * Bulk requests of a good size, a few at a time, with a bounded number of bytes in flight over all who call.
 *
 *   429, 503 and the like, one item       that item again, after a while that doubles, with jitter
 *   the same, or no connection, whole     the request again, a few times within a second or two
 *   413                                   in two halves; one item alone is rejected with that reason
 *   no answer in time                     an outage at once: the caller repeats everything
 *   409                                   done: a newer version is there
 *   404 for the index                     `missing`: the caller makes the index
 *   a block (disk full, read-only)        an outage that names the block
 *   any other 4xx of one item             rejected with its reason
 *
 * What was not done within these tries is an outage: some items may be written then, and all may be repeated.
 *
 * Nothing is sent later than two time-outs after the call: a process that was stopped in between, and has lost its
 * partition meanwhile, finds the time over and sends no more (removals.ts says why that matters).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '@elastic/elasticsearch';
import { MillraceError } from '../../ports/index.ts';
import type { ElasticsearchClient } from '../client.ts';
import { isBlock, isBusy, reasonOfFault, statusOf } from '../errors.ts';
import type { ElasticsearchFault } from '../errors.ts';
import type { CompiledElasticsearchOptions } from '../options.ts';
import { ByteBudget } from './byte-budget.ts';
import type { BulkItem } from './items.ts';
import { RequestSize } from './request-size.ts';

export type BulkOutcome = { readonly type: 'done' } | { readonly type: 'missing' } | { readonly type: 'rejected'; readonly reason: string };

const DONE: BulkOutcome = { type: 'done' };
const MISSING: BulkOutcome = { type: 'missing' };

const REQUEST_ATTEMPTS = 3;
/** Of one item; with the waits below they last about ten seconds. */
const ITEM_ATTEMPTS = 7;
const BACKOFF_MS = 150;
const SLOW_MS = 5_000;
const WHAT = 'a bulk request';

/** What an answer has of each item, by `filter_path`. */
interface ItemAnswer {
  readonly status: number;
  readonly error?: ElasticsearchFault;
}
interface BulkAnswer {
  readonly errors: boolean;
  readonly items: readonly Readonly<Record<string, ItemAnswer>>[];
}

interface Pending {
  readonly item: BulkItem;
  readonly position: number;
}

export class BulkWriter {
  readonly #client: ElasticsearchClient;
  readonly #size: RequestSize;
  readonly #budget: ByteBudget;

  constructor(client: ElasticsearchClient, { maxInFlightBytes, concurrency, targetBytes }: CompiledElasticsearchOptions['bulk']) {
    this.#client = client;
    this.#size = new RequestSize(targetBytes, Math.min(SLOW_MS, client.requestTimeoutMs / 3));
    this.#budget = new ByteBudget(maxInFlightBytes, concurrency);
  }

  /**
   * One outcome for each item, in their order. Items of one document must not stand in one call where their order matters.
   * @throws MillraceError MILL_INDEX_UNAVAILABLE, MILL_INDEX_REFUSED, MILL_CLOSED
   */
  async write(items: readonly BulkItem[]): Promise<BulkOutcome[]> {
    const outcomes: BulkOutcome[] = new Array<BulkOutcome>(items.length);
    const deadlineMs = performance.now() + 2 * this.#client.requestTimeoutMs;
    let pending = items.map((item, position): Pending => ({ item, position }));
    for (let attempt = 1; ; attempt += 1) {
      const refused: { readonly pending: Pending; readonly answer: ItemAnswer }[] = [];
      await allSettled(this.#inRequests(pending).map((part) => this.#budget.run(bytesOf(part), () => this.#send(part, deadlineMs, outcomes, (one, answer) => refused.push({ pending: one, answer })))));
      const [first] = refused;
      if (first === undefined) return outcomes;
      if (attempt === ITEM_ATTEMPTS) {
        throw new MillraceError('MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${this.#client.address} did not take ${refused.length} of ${items.length} documents: ${describe(first.answer)}`);
      }
      pending = refused.map((one) => one.pending);
      await backOff(attempt);
    }
  }

  /** Requests of the size of now, in order. */
  #inRequests(pending: readonly Pending[]): Pending[][] {
    const limit = this.#size.bytes;
    const requests: Pending[][] = [];
    let bytes = Infinity;
    for (const one of pending) {
      if (bytes + one.item.bytes > limit) {
        requests.push([]);
        bytes = 0;
      }
      requests.at(-1)?.push(one);
      bytes += one.item.bytes;
    }
    return requests;
  }

  async #send(part: readonly Pending[], deadlineMs: number, outcomes: BulkOutcome[], refuse: (one: Pending, answer: ItemAnswer) => void): Promise<void> {
    const answer = await this.#request(part, deadlineMs);
    if (answer === 'too large') {
      const [only] = part;
      if (part.length === 1 && only !== undefined) {
        outcomes[only.position] = { type: 'rejected', reason: `the document has ${only.item.bytes} bytes, which is more than Elasticsearch takes in one request (status 413)` };
        return;
      }
      const middle = part.length >> 1;
      await this.#send(part.slice(0, middle), deadlineMs, outcomes, refuse);
      await this.#send(part.slice(middle), deadlineMs, outcomes, refuse);
      return;
    }
    const busy = part.filter((one, index) => {
      const itemAnswer = Object.values(answer.items[index] ?? {})[0];
      if (itemAnswer === undefined) throw new MillraceError('MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${this.#client.address} answered for ${answer.items.length} of ${part.length} documents`);
      const outcome = this.#outcomeOf(itemAnswer);
      if (outcome === undefined) refuse(one, itemAnswer);
      else outcomes[one.position] = outcome;
      return outcome === undefined;
    });
    if (busy.length > 0) this.#size.refused(bytesOf(part));
  }

  /** `undefined` where it is to be tried again. */
  #outcomeOf(answer: ItemAnswer): BulkOutcome | undefined {
    const { status, error } = answer;
    if (status < 300 || status === 409) return DONE;
    if (isBlock(error)) throw new MillraceError('MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${this.#client.address} blocks the writing of documents: ${describe(answer)}`);
    if (isBusy(status)) return undefined;
    // A delete of what is not there has no error.
    if (status === 404) return error === undefined ? DONE : MISSING;
    if (status === 401 || status === 403) throw new MillraceError('MILL_INDEX_REFUSED', `Elasticsearch at ${this.#client.address} refused the writing of documents: ${describe(answer)}`);
    return { type: 'rejected', reason: describe(answer) };
  }

  async #request(part: readonly Pending[], deadlineMs: number): Promise<BulkAnswer | 'too large'> {
    const body = part.map(({ item }) => item.text).join('');
    const bytes = bytesOf(part);
    for (let attempt = 1; ; attempt += 1) {
      const startMs = performance.now();
      if (startMs > deadlineMs) throw new MillraceError('MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${this.#client.address} did not take the documents in time`);
      try {
        const answer = await this.#client.attempt(WHAT, (es) =>
          es.transport.request<BulkAnswer>({ method: 'POST', path: '/_bulk', bulkBody: body, querystring: { filter_path: 'errors,items.*.status,items.*.error' } }));
        this.#size.answered(bytes, performance.now() - startMs);
        return answer;
      } catch (error) {
        const cause = error instanceof MillraceError ? error.cause : undefined;
        const status = statusOf(cause);
        const passing = error instanceof MillraceError && error.transient;
        // Also where the connection broke: a server that finds a request too large may close before its answer is read.
        if (status === 413 || passing) this.#size.refused(bytes);
        if (status === 413) return 'too large';
        if (!passing || cause instanceof errors.TimeoutError || attempt === REQUEST_ATTEMPTS) throw error;
      }
      await backOff(attempt);
    }
  }
}

const bytesOf = (part: readonly Pending[]): number => part.reduce((sum, { item }) => sum + item.bytes, 0);

const describe = ({ status, error = {} }: ItemAnswer): string => `status ${status}, ${reasonOfFault(error)}`;

const backOff = (attempt: number): Promise<void> => sleep(BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));

/** Ends when all have ended, so that nothing goes on behind the caller's back; throws the first error. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
