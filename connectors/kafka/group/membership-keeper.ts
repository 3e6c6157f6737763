/**
 * Keeps this instance in its group: when the client gives up, what was owned is lost, and it joins anew, for ever, at
 * growing intervals.
 *
 *   joining ──> member <──> rebalancing
 *      ^           │             │
 *      └─ back-off ┴── failed ───┘        leave() ends it from everywhere
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Membership, MembershipOptions } from '../client/index.ts';

export interface RejoinBackoff {
  readonly minMs: number;
  readonly maxMs: number;
}

export interface KeeperDeps {
  readonly join: (options: Pick<MembershipOptions, 'onAssigned' | 'onRebalancing' | 'onFailed'>) => Promise<Membership>;
  readonly onAssigned: MembershipOptions['onAssigned'];
  readonly onRebalancing: () => void;
  /** What was owned is owned no more. */
  readonly onLost: () => void;
  readonly backoff: RejoinBackoff;
}

/** One membership, from joining to its end. */
interface Attempt {
  readonly membership: Promise<Membership>;
  /** Resolves with the reason when the client has given up, or could not join. */
  readonly failed: Promise<unknown>;
  joined: boolean;
}

export class MembershipKeeper {
  readonly #deps: KeeperDeps;
  readonly #left = new AbortController();
  /** What earlier attempts still say is not heard. */
  #current: Attempt | null = null;
  #backoffMs: number;

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
    this.#backoffMs = deps.backoff.minMs;
  }

  /** `null` while there is none. */
  get membership(): Promise<Membership> | null {
    return this.#current?.membership ?? null;
  }

  /** Rejects if it cannot join; from then on it stays in. */
  async start(): Promise<void> {
    const attempt = this.#attempt();
    const failure = await Promise.race([attempt.membership.then(() => null), attempt.failed.then((reason) => ({ reason }))]);
    if (failure !== null) throw failure.reason;
    void this.#stay(attempt);
  }

  /** A join that is under way is not waited for: its member leaves as soon as it is in. */
  async leave(): Promise<void> {
    this.#left.abort();
    const attempt = this.#current;
    this.#current = null;
    if (attempt === null) return;
    const leaving = leaveQuietly(attempt);
    if (attempt.joined) await leaving;
  }

  async #stay(first: Attempt): Promise<void> {
    const { signal } = this.#left;
    for (let attempt = first; ; attempt = this.#attempt()) {
      await attempt.failed;
      await sleep(this.#backoffMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      this.#backoffMs = Math.min(this.#backoffMs * 2, this.#deps.backoff.maxMs);
    }
  }

  #attempt(): Attempt {
    let fail: (reason: unknown) => void = () => undefined;
    const failed = new Promise<unknown>((resolve) => {
      fail = (reason) => {
        if (this.#current === attempt) {
          this.#current = null;
          this.#deps.onLost();
          void leaveQuietly(attempt);
        }
        resolve(reason);
      };
    });
    const heard = (listener: () => void): void => {
      if (this.#current === attempt) listener();
    };
    // Not called at once: what the client says while it joins is to find `attempt` in its place.
    const membership = Promise.resolve().then(() => this.#deps.join({
      onAssigned: (assignment) => {
        heard(() => {
          this.#backoffMs = this.#deps.backoff.minMs;
          this.#deps.onAssigned(assignment);
        });
      },
      onRebalancing: () => {
        heard(this.#deps.onRebalancing);
      },
      onFailed: fail,
    }));
    const attempt: Attempt = { membership, failed, joined: false };
    this.#current = attempt;
    membership.then(() => {
      attempt.joined = true;
    }, fail);
    return attempt;
  }
}

/** Where the group is not told, it finds out when the session times out. */
const leaveQuietly = ({ membership }: Attempt): Promise<void> => membership.then((joined) => joined.leave()).catch(() => undefined);
