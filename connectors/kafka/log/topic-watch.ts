/**
 * Whether the topics of a group are still what they were when it was joined. Fetches of a topic that was deleted find no
 * leader, for ever; of partitions that were added nobody reads anything, and records go to other partitions than the
 * state of their keys. Neither heals without a restart, so the tasks have to end.
 */
import { MillraceError } from '../../ports/index.ts';
import type { KafkaClient } from '../client/index.ts';

export interface TopicWatchOptions {
  /** Partitions by topic. */
  readonly counts: ReadonlyMap<string, number>;
  readonly everyMs: number;
  /** Once. */
  readonly onChanged: (error: MillraceError) => void;
}

export class TopicWatch {
  readonly #client: KafkaClient;
  readonly #options: TopicWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  #seen = '';

  constructor(client: KafkaClient, options: TopicWatchOptions) {
    this.#client = client;
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), options.everyMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const described = await this.#client.describeTopics([...this.#options.counts.keys()]);
      this.#compare(new Map(described.map(({ topic, leaders }) => [topic, leaders.length])));
    } catch {
      // Whether anything has changed is not known.
    } finally {
      this.#looking = false;
    }
  }

  /** What is seen twice: a broker that has just been started may not know all topics yet. */
  #compare(found: ReadonlyMap<string, number>): void {
    const changes = [...this.#options.counts].flatMap(([topic, count]) => {
      const now = found.get(topic);
      if (now === undefined) return `${topic} was deleted`;
      return now === count ? [] : `${topic} has ${now} partitions now, and had ${count}`;
    }).join('; ');
    const again = changes === this.#seen;
    this.#seen = changes;
    if (changes === '' || !again) return;
    this.close();
    this.#options.onChanged(new MillraceError('MILL_TOPIC_MISMATCH', `Topics have changed while they were read: ${changes}.`, {
      hint: 'Start again: it says what else has to follow, such as the partitions of changelogs.',
    }));
  }
}
