/**
 * For each shard of an index a routing value that leads to it, so that a request can be made to reach them all. The
 * server is asked, and not its hash function copied; the number of shards of an index never changes, so each index is
 * asked for once.
 */
import { MillraceError } from '../../ports/index.ts';
import type { MomentIndex } from '../catalog.ts';
import type { ElasticsearchClient } from '../client.ts';

/** Most random values are enough for n shards after about n ln n; this is far beyond. */
const MAX_TRIES_A_SHARD = 64;

export class ShardRoutings {
  readonly #client: ElasticsearchClient;
  readonly #known = new Map<string, readonly string[]>();

  constructor(client: ElasticsearchClient) {
    this.#client = client;
  }

  async of(index: MomentIndex): Promise<readonly string[]> {
    if (index.shards === 1) return ['0'];
    let routings = this.#known.get(index.uuid);
    if (routings === undefined) {
      routings = await this.#find(index);
      this.#known.set(index.uuid, routings);
    }
    return routings;
  }

  async #find({ name, shards }: MomentIndex): Promise<readonly string[]> {
    const found = new Map<number, string>();
    for (let candidate = 0; candidate < shards * MAX_TRIES_A_SHARD; candidate += 1) {
      const routing = String(candidate);
      const answer = await this.#client.call(`the shards of index ${name}`, (es) => es.searchShards({ index: name, routing }));
      const shard = answer.shards[0]?.[0]?.shard;
      if (shard !== undefined && !found.has(shard)) found.set(shard, routing);
      if (found.size === shards) return [...found.values()];
    }
    throw new MillraceError('MILL_INDEX_UNAVAILABLE', `Elasticsearch at ${this.#client.address} leads to ${found.size} of ${shards} shards of index ${name}`);
  }
}
