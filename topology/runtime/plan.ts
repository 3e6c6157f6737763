/**
 * What the runtime works out about a sub-topology once, before its tasks run: nodes by index, where each output goes,
 * and the gates that keep epochs in order.
 *
 * **Gates.** Two epochs may be in a task at once: the older one waits for its asynchronous calls, the younger one has
 * started. Every store must see all of the older one's records before any of the younger one's, or a read-modify-write
 * of the younger would miss the older's. So each place from which records enter synchronous nodes (the sources, and
 * every `enrich`) has a gate: the set of `enrich` nodes that the older epoch must have left first. It holds the
 * `enrich` itself and those above it; and, for each store that can be reached from there without another `enrich`
 * between, those above *any* node that uses the store. A store that is used on both sides of an `enrich` thus makes
 * the younger epoch wait at the source; all others overlap.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { StoreSpec } from '../../state/index.ts';
import type { Subtopology, Topology, TopologyNode } from '../graph/index.ts';
import { retryTopicName } from './retry-record.ts';

export interface PlannedNode {
  readonly index: number;
  readonly node: TopologyNode;
  /** One list of children a port: one port, and for `split` one a branch. */
  readonly ports: readonly (readonly number[])[];
}

export interface SubtopologyPlan {
  readonly subtopology: Subtopology;
  readonly nodes: readonly PlannedNode[];
  readonly stores: readonly StoreSpec[];
  /** Index of the source node of each topic (as the log names it). */
  readonly sourceOf: ReadonlyMap<string, number>;
  /** Of the sub-topology, as the log names them, by the attempt that leads to them. */
  readonly retryTopics: readonly string[];
  /** By index of an `enrich` node, and SOURCES for the sources: which `enrich` nodes the older epoch must have left. */
  readonly gates: ReadonlyMap<number, readonly number[]>;
  /** By the same index: stores that a batch from there can reach before the next `enrich`. */
  readonly reachableStores: ReadonlyMap<number, readonly string[]>;
  /** Nodes that share a store are run record by record, depth first, as their program order is visible in it. */
  readonly depthFirst: boolean;
}

/** Stands for all sources among the indexes of `enrich` nodes. */
export const SOURCES = -1;

type Sets = ReadonlyMap<number, ReadonlySet<number>>;

/** For each node, the `enrich` nodes above it. */
function asyncAncestors(nodes: readonly TopologyNode[], indexOf: (name: string) => number): Sets {
  const above = new Map<number, Set<number>>();
  nodes.forEach((node, index) => {
    const own = new Set<number>();
    for (const parent of node.parents.map(indexOf)) {
      for (const ancestor of above.get(parent) ?? []) own.add(ancestor);
      if (nodes[parent]?.spec.kind === 'enrich') own.add(parent);
    }
    above.set(index, own);
  });
  return above;
}

/** Nodes that a record from `starts` can reach without passing an `enrich`; the first `enrich` on a path ends it. */
function reachable(nodes: readonly TopologyNode[], indexOf: (name: string) => number, starts: readonly number[]): Set<number> {
  const seen = new Set<number>();
  const stack = starts.flatMap((start) => (nodes[start]?.children ?? []).map(indexOf));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (nodes[next]?.spec.kind !== 'enrich') stack.push(...(nodes[next]?.children ?? []).map(indexOf));
  }
  return seen;
}

export function planSubtopology(topology: Topology, subtopology: Subtopology, applicationId: string, retryLevels = 0): SubtopologyPlan {
  const { nodes } = subtopology;
  const indexes = new Map(nodes.map(({ name }, index) => [name, index]));
  const indexOf = (name: string): number => {
    const index = indexes.get(name);
    if (index === undefined) throw new MillraceError('MILL_TOPOLOGY_INVALID', `Node ${name} is not part of sub-topology ${subtopology.name}.`);
    return index;
  };
  const above = asyncAncestors(nodes, indexOf);
  const aboveStore = new Map<string, Set<number>>();
  const users = new Map<string, number>();
  nodes.forEach((node, index) => {
    for (const store of node.stores) {
      users.set(store, (users.get(store) ?? 0) + 1);
      const all = aboveStore.get(store) ?? new Set<number>();
      for (const ancestor of above.get(index) ?? []) all.add(ancestor);
      aboveStore.set(store, all);
    }
  });

  const sources = nodes.flatMap(({ spec }, index) => (spec.kind === 'source' ? [index] : []));
  const asyncNodes = nodes.flatMap(({ spec }, index) => (spec.kind === 'enrich' ? [index] : []));
  const gates = new Map<number, readonly number[]>();
  const reachableStores = new Map<number, readonly string[]>();
  for (const entry of [SOURCES, ...asyncNodes]) {
    const stores = new Set<string>();
    for (const index of reachable(nodes, indexOf, entry === SOURCES ? sources : [entry])) nodes[index]?.stores.forEach((store) => stores.add(store));
    const gate = new Set<number>(entry === SOURCES ? [] : [entry, ...(above.get(entry) ?? [])]);
    for (const store of stores) for (const ancestor of aboveStore.get(store) ?? []) gate.add(ancestor);
    gates.set(entry, [...gate]);
    reachableStores.set(entry, [...stores]);
  }

  return {
    subtopology,
    nodes: nodes.map((node, index): PlannedNode => {
      const children = node.children.map(indexOf);
      return { index, node, ports: node.spec.kind === 'split' ? children.map((child) => [child]) : [children] };
    }),
    stores: topology.stores.filter(({ name }) => subtopology.stores.includes(name)),
    sourceOf: new Map(sources.flatMap((index) => {
      const spec = nodes[index]?.spec;
      return spec?.kind === 'source' ? spec.topics.map((topic): [string, number] => [topology.topicName(topic, applicationId), index]) : [];
    })),
    retryTopics: Array.from({ length: retryLevels }, (_, level) => retryTopicName(applicationId, subtopology.name, level)),
    gates,
    reachableStores,
    depthFirst: [...users.values()].some((count) => count > 1),
  };
}
