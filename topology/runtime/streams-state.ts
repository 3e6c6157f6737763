/**
 * The life cycle of Streams, as KafkaStreams':
 *
 *     CREATED ──start()──> REBALANCING <──> RUNNING
 *                              │               │
 *                              ├──close()──────┴──> PENDING_SHUTDOWN ──> NOT_RUNNING
 *                              └──(fatal error)──> ERROR ──close()──> PENDING_SHUTDOWN
 */
export type StreamsState = 'CREATED' | 'REBALANCING' | 'RUNNING' | 'PENDING_SHUTDOWN' | 'NOT_RUNNING' | 'ERROR';

export type StateListener = (newState: StreamsState, oldState: StreamsState) => void;

const NEXT: Readonly<Record<StreamsState, readonly StreamsState[]>> = {
  CREATED: ['REBALANCING', 'PENDING_SHUTDOWN'],
  REBALANCING: ['RUNNING', 'PENDING_SHUTDOWN', 'ERROR'],
  RUNNING: ['REBALANCING', 'PENDING_SHUTDOWN', 'ERROR'],
  PENDING_SHUTDOWN: ['NOT_RUNNING'],
  NOT_RUNNING: [],
  ERROR: ['PENDING_SHUTDOWN'],
};

export class StreamsLifeCycle {
  readonly #listeners = new Set<StateListener>();
  #state: StreamsState = 'CREATED';

  get state(): StreamsState {
    return this.#state;
  }

  listen(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  /** Whether the life cycle allows it from here. */
  may(state: StreamsState): boolean {
    return NEXT[this.#state].includes(state);
  }

  /** Goes to the state if it may; tells whether it did. */
  to(state: StreamsState): boolean {
    if (!this.may(state)) return false;
    const former = this.#state;
    this.#state = state;
    for (const listener of this.#listeners) {
      try {
        listener(state, former);
      } catch (error) {
        process.emitWarning(`A listener to the state ${state} failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return true;
  }
}
