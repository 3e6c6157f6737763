/**
 * What a member tells the group when it joins: JSON with a version, since members of several versions meet while a new
 * one is rolled out. What cannot be read counts as a member that holds nothing and has nothing warm: it gets its share.
 */
import { z } from 'zod';
import type { TaskId } from '../../ports/index.ts';
import type { WarmTask } from './types.ts';

const VERSION = 1;
/** The broker keeps the data of all members in one record, of 1 MiB by default. */
export const MAX_USER_DATA_BYTES = 16 << 10;

const name = z.string().min(1).max(249);
const count = z.int().min(0);
const schema = z.object({
  v: z.literal(VERSION),
  instance: name,
  endpoint: z.string().max(512).nullable(),
  epoch: z.int().min(0).max(2 ** 40),
  /** By sub-topology: partitions; and of warm ones pairs of partition and offset sum. */
  held: z.array(z.tuple([name, z.array(count)])),
  warm: z.array(z.tuple([name, z.array(z.tuple([count, count]))])),
});

export interface MemberData {
  /** Of the state directory: members that share one share their warm tasks, and shadow none of each other's. */
  readonly instanceId: string;
  /** Where it answers interactive queries. */
  readonly endpoint: string | null;
  readonly epoch: number;
  readonly held: readonly TaskId[];
  readonly warm: readonly WarmTask[];
}

/** Where it would be too large, tasks are left out: half of the warm ones, again and again, and then of the held ones. */
export function encodeUserData(data: MemberData): Buffer {
  const bytes = Buffer.from(JSON.stringify({
    v: VERSION,
    instance: data.instanceId,
    endpoint: data.endpoint,
    epoch: data.epoch,
    held: bySubtopology(data.held, (task) => task, ({ partition }) => partition),
    warm: bySubtopology(data.warm, ({ task }) => task, ({ task: { partition }, offsetSum }) => [partition, offsetSum]),
  } satisfies z.input<typeof schema>));
  if (bytes.length <= MAX_USER_DATA_BYTES || data.held.length + data.warm.length === 0) return bytes;
  return encodeUserData(data.warm.length > 0 ? { ...data, warm: half(data.warm) } : { ...data, held: half(data.held) });
}

const half = <Item>(items: readonly Item[]): readonly Item[] => items.slice(0, items.length >> 1);

/** `null` for what this version does not understand. */
export function decodeUserData(bytes: Buffer): MemberData | null {
  if (bytes.length > MAX_USER_DATA_BYTES) return null;
  const parsed = schema.safeParse(jsonOf(bytes));
  if (!parsed.success) return null;
  const { instance, endpoint, epoch, held, warm } = parsed.data;
  return {
    instanceId: instance,
    endpoint,
    epoch,
    held: held.flatMap(([subtopology, partitions]) => partitions.map((partition) => ({ subtopology, partition }))),
    warm: warm.flatMap(([subtopology, sums]) => sums.map(([partition, offsetSum]) => ({ task: { subtopology, partition }, offsetSum }))),
  };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function bySubtopology<Item, Short>(items: readonly Item[], taskOf: (item: Item) => TaskId, shorten: (item: Item) => Short): [string, Short[]][] {
  const groups = new Map<string, Short[]>();
  for (const item of items) {
    const { subtopology } = taskOf(item);
    const group = groups.get(subtopology);
    if (group === undefined) groups.set(subtopology, [shorten(item)]);
    else group.push(shorten(item));
  }
  return [...groups];
}
