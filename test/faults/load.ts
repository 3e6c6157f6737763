/**
 * The load: events at a steady rate until it is stopped, a share of them repeats of earlier ones, near and far. What is
 * not acknowledged is sent again, so that the topic may hold more repeats than were meant: the verdict reads the topic.
 *
 * A bare kafkajs producer, one partition a send, with one send of each partition under way: a partition without a leader
 * holds up nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { partitionForKey } from '../../connectors/ports/index.ts';
import { Random } from '../topology/support/random.ts';
import type { FaultEvent } from './events.ts';

export interface LoadOptions {
  readonly producer: Producer;
  readonly topic: string;
  readonly partitions: number;
  readonly recordsPerSecond: number;
  /** Of each event. @default 0 */
  readonly paddingBytes?: number;
  /** Names the events of this load. */
  readonly prefix: string;
}

const USERS = 60;
const REPEATS = 0.15;
const FAR_REPEATS = 0.05;
const NEAR = 50;
const TICK_MS = 25;
const RETRY_MS = 100;
/** One send. */
const BATCH = 200;

export class Load {
  readonly #options: LoadOptions;
  readonly #random = new Random(7);
  readonly #queues: FaultEvent[][];
  readonly #sent: FaultEvent[] = [];
  readonly #running: Promise<unknown>;
  #acknowledged = 0;
  #stopped = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#queues = Array.from({ length: options.partitions }, () => []);
    this.#running = Promise.all([this.#make(), ...this.#queues.map((queue, partition) => this.#send(queue, partition))]);
    this.#running.catch(() => undefined);
  }

  /** Records that brokers have acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Has not been told to stop. */
  get running(): boolean {
    return !this.#stopped;
  }

  /** Resolves when so many more were acknowledged. @throws when the load has been stopped */
  async more(records: number): Promise<void> {
    const target = this.#acknowledged + records;
    while (this.#acknowledged < target) {
      if (this.#stopped) throw new Error('the load has been stopped');
      await sleep(TICK_MS);
    }
  }

  /** Resolves when all that was made has been acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #make(): Promise<void> {
    const { recordsPerSecond, partitions } = this.#options;
    const startMs = performance.now();
    let made = 0;
    while (!this.#stopped) {
      const due = Math.floor((performance.now() - startMs) / 1000 * recordsPerSecond);
      for (; made < due; made++) {
        const event = this.#next(made);
        this.#queues[partitionForKey(Buffer.from(event.user), partitions)]?.push(event);
      }
      await sleep(TICK_MS);
    }
  }

  #next(number: number): FaultEvent {
    const drawn = this.#random.next();
    if (this.#sent.length > 0 && drawn < FAR_REPEATS) return this.#random.pick(this.#sent);
    if (this.#sent.length > 0 && drawn < REPEATS) return this.#random.pick(this.#sent.slice(-NEAR));
    const { prefix, paddingBytes = 0 } = this.#options;
    const event = {
      eventId: `${prefix}${number}`,
      user: `user-${this.#random.int(USERS)}`,
      amount: this.#random.int(100),
      ...(paddingBytes === 0 ? {} : { padding: 'x'.repeat(paddingBytes) }),
    };
    this.#sent.push(event);
    return event;
  }

  async #send(queue: FaultEvent[], partition: number): Promise<void> {
    const { producer, topic } = this.#options;
    while (!this.#stopped || queue.length > 0) {
      const batch = queue.slice(0, BATCH);
      if (batch.length === 0) {
        await sleep(TICK_MS);
        continue;
      }
      try {
        await producer.send({ topic, acks: -1, messages: batch.map((event) => ({ partition, key: event.user, value: JSON.stringify(event) })) });
        queue.splice(0, batch.length);
        this.#acknowledged += batch.length;
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }
}
