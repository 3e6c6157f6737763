/** Requests to the coordinator of one group or transactional id, wherever it is now. */
import type Broker from 'kafkajs/src/broker/index.js';
import { MillraceError } from '../../../ports/index.ts';
import { isConnectionError, isRetriable, kafkaErrorType } from './errors.ts';
import { call, type Lane, type Nodes } from './nodes.ts';
import { sleep } from './retry.ts';

interface CoordinatorAnswer {
  readonly coordinator: { readonly nodeId: number };
}

const CONCURRENT_TRANSACTIONS = 'CONCURRENT_TRANSACTIONS';
const TYPES = { group: 0, transaction: 1 } as const;
const FIRST_DELAY_MS = 5;
const MAX_DELAY_MS = 500;
/** After a commit the coordinator writes its markers; until then it says CONCURRENT_TRANSACTIONS to the next transaction. */
const MARKERS = { firstDelayMs: 3, maxDelayMs: 50, factor: 1.3 } as const;

export interface CoordinatorCallOptions {
  /** How long it is tried again. */
  readonly forMs: number;
  /** Told when an answer was lost: the request may have been carried out. */
  readonly onDoubt?: () => void;
}

export class Coordinator {
  readonly #nodes: Nodes;
  readonly #type: 'group' | 'transaction';
  readonly #id: string;
  #node: number | undefined;

  constructor(nodes: Nodes, type: 'group' | 'transaction', id: string) {
    this.#nodes = nodes;
    this.#type = type;
    this.#id = id;
  }

  /** Until it is answered with anything but "later" or "elsewhere". */
  call<Answer>(lane: Lane, api: string, body: object, options: CoordinatorCallOptions): Promise<Answer> {
    return this.ask(lane, (broker) => call<Answer>(broker, api, body), options);
  }

  /** The same of a request with a codec of one's own. */
  async ask<Answer>(lane: Lane, request: (broker: Broker) => Promise<Answer>, { forMs, onDoubt }: CoordinatorCallOptions): Promise<Answer> {
    const until = Date.now() + forMs;
    for (let delay = FIRST_DELAY_MS, markersDelay: number = MARKERS.firstDelayMs; ;) {
      if (this.#nodes.isClosed) throw new MillraceError('MILL_CLOSED', 'The Kafka client is closed.');
      try {
        return await this.#askOnce(lane, request);
      } catch (error) {
        if (isConnectionError(error)) onDoubt?.();
        if (!isRetriable(error) || Date.now() + delay > until) throw error;
        if (kafkaErrorType(error) === CONCURRENT_TRANSACTIONS) {
          await sleep(markersDelay);
          markersDelay = Math.min(markersDelay * MARKERS.factor, MARKERS.maxDelayMs);
          continue;
        }
      }
      await sleep(delay);
      delay = Math.min(delay * 2, MAX_DELAY_MS);
    }
  }

  /** @param answerMs the answer may take that long; otherwise the request time-out */
  once<Answer>(lane: Lane, api: string, body: object, answerMs?: number): Promise<Answer> {
    return this.#askOnce(lane, (broker) => call<Answer>(broker, api, body, answerMs));
  }

  async #askOnce<Answer>(lane: Lane, request: (broker: Broker) => Promise<Answer>): Promise<Answer> {
    try {
      this.#node ??= await this.#find();
      return await this.#nodes.on(this.#node, lane, request);
    } catch (error) {
      if (kafkaErrorType(error) !== CONCURRENT_TRANSACTIONS) this.#node = undefined;
      throw error;
    }
  }

  async #find(): Promise<number> {
    const body = { groupId: this.#id, coordinatorType: TYPES[this.#type] };
    const { coordinator } = await this.#nodes.onAny((broker) => call<CoordinatorAnswer>(broker, 'GroupCoordinator', body));
    return coordinator.nodeId;
  }
}
