/** Committed positions of all groups, kept in memory beside their keys in the store. */
import type { OrderedKeyValue, Positions, WriteOp } from '../../ports/index.ts';
import { allPositions, encodeOffset, positionKey, readOffset, readPositionKey } from './key-space.ts';

export class PositionTable {
  readonly #groups = new Map<string, Map<string, number>>();

  static async open(backend: OrderedKeyValue): Promise<PositionTable> {
    const table = new PositionTable();
    for await (const [key, value] of backend.iterate(allPositions)) {
      const { groupId, topicPartition } = readPositionKey(key);
      table.#group(groupId).set(topicPartition, readOffset(value));
    }
    return table;
  }

  of(groupId: string): Positions {
    return this.#groups.get(groupId) ?? new Map<string, number>();
  }

  static ops(groupId: string, positions: Positions): WriteOp[] {
    return [...positions].map(([topicPartition, offset]) => ({ type: 'put', key: positionKey(groupId, topicPartition), value: encodeOffset(offset) }));
  }

  /** To be called when the ops are in the store. */
  apply(groupId: string, positions: Positions): void {
    const group = this.#group(groupId);
    for (const [topicPartition, offset] of positions) group.set(topicPartition, offset);
  }

  /** The lowest position of the groups that read the partition; `undefined` when none does. */
  lowest(topicPartition: string): number | undefined {
    let lowest: number | undefined;
    for (const group of this.#groups.values()) {
      const position = group.get(topicPartition);
      if (position !== undefined) lowest = Math.min(position, lowest ?? Infinity);
    }
    return lowest;
  }

  #group(groupId: string): Map<string, number> {
    let group = this.#groups.get(groupId);
    if (group === undefined) this.#groups.set(groupId, group = new Map<string, number>());
    return group;
  }
}
