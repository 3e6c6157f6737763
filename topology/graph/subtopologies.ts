/**
 * Sub-topologies: what must run in one task. Nodes that are connected, and nodes that share a store, belong together;
 * a topic between a sink and a source connects nothing, so repartition topics (and `to` + `stream`) cut.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { SourceSpec, TopologyNode } from './nodes.ts';

export interface Subtopology {
  /** That of its first source: stable as long as the source keeps its name. Committed positions and state hang on it. */
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly TopologyNode[];
  /** Without the application.id where they are repartition topics. */
  readonly sourceTopics: readonly string[];
  readonly sinkTopics: readonly string[];
  readonly stores: readonly string[];
}

/** Disjoint sets of names. */
class Groups {
  readonly #parents = new Map<string, string>();

  find(name: string): string {
    let root = name;
    for (let next = this.#parents.get(root); next !== undefined; next = this.#parents.get(root)) root = next;
    if (root !== name) this.#parents.set(name, root);
    return root;
  }

  join(a: string, b: string): void {
    const rootA = this.find(a);
    const rootB = this.find(b);
    if (rootA !== rootB) this.#parents.set(rootB, rootA);
  }
}

const sourcesOf = (nodes: readonly TopologyNode[]): SourceSpec[] => nodes.flatMap(({ spec }) => (spec.kind === 'source' ? [spec] : []));

function describeGroup(nodes: readonly TopologyNode[]): Subtopology {
  const sources = sourcesOf(nodes);
  const name = sources[0]?.label;
  if (name === undefined) throw new MillraceError('MILL_TOPOLOGY_INVALID', `${nodes.map((node) => node.name).join(', ')} reads no topic.`);
  const sourceTopics = sources.flatMap(({ topics }) => topics);
  const twice = sourceTopics.find((topic, index) => sourceTopics.indexOf(topic) !== index);
  if (twice !== undefined) {
    throw new MillraceError('MILL_TOPOLOGY_INVALID', `Sub-topology ${name} reads ${twice} twice: call stream() once and use the KStream in both places.`);
  }
  return {
    name,
    nodes,
    sourceTopics,
    sinkTopics: [...new Set(nodes.flatMap(({ spec }) => (spec.kind === 'sink' ? [spec.topic] : [])))],
    stores: [...new Set(nodes.flatMap(({ stores }) => stores))],
  };
}

export function cutSubtopologies(nodes: readonly TopologyNode[]): Subtopology[] {
  const groups = new Groups();
  for (const node of nodes) {
    for (const parent of node.parents) groups.join(`node:${node.name}`, `node:${parent}`);
    for (const store of node.stores) groups.join(`node:${node.name}`, `store:${store}`);
  }
  const members = new Map<string, TopologyNode[]>();
  for (const node of nodes) {
    const root = groups.find(`node:${node.name}`);
    const group = members.get(root);
    if (group === undefined) members.set(root, [node]);
    else group.push(node);
  }
  return [...members.values()].map(describeGroup);
}
