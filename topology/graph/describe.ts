/** `describe()`: the topology as data, and as text in the form of Kafka Streams' TopologyDescription. */
import type { TopologyNode } from './nodes.ts';
import type { Subtopology } from './subtopologies.ts';

export interface NodeDescription {
  readonly type: 'Source' | 'Processor' | 'Sink';
  readonly name: string;
  /** Of a source: what it reads; of a sink: what it writes. */
  readonly topics: readonly string[];
  readonly stores: readonly string[];
  readonly successors: readonly string[];
  readonly predecessors: readonly string[];
}

export interface SubtopologyDescription {
  readonly name: string;
  readonly nodes: readonly NodeDescription[];
}

export interface TopologyDescription {
  readonly subtopologies: readonly SubtopologyDescription[];
  toString(): string;
}

function describeNode({ name, spec, stores, children, parents }: TopologyNode): NodeDescription {
  const type = spec.kind === 'source' ? 'Source' : spec.kind === 'sink' ? 'Sink' : 'Processor';
  const topics = spec.kind === 'source' ? spec.topics : spec.kind === 'sink' ? [spec.topic] : [];
  return { type, name, topics, stores, successors: children, predecessors: parents };
}

function nodeLines({ type, name, topics, stores, successors, predecessors }: NodeDescription): string[] {
  const detail = type === 'Source' ? `topics: [${topics.join(', ')}]` : type === 'Sink' ? `topic: ${topics.join()}` : `stores: [${stores.join(', ')}]`;
  const lines = [`    ${type}: ${name} (${detail})`];
  if (type !== 'Sink') lines.push(`      --> ${successors.join(', ') || 'none'}`);
  if (type !== 'Source') lines.push(`      <-- ${predecessors.join(', ')}`);
  return lines;
}

export function describeTopology({ subtopologies }: { readonly subtopologies: readonly Subtopology[] }): TopologyDescription {
  const described = subtopologies.map(({ name, nodes }): SubtopologyDescription => ({ name, nodes: nodes.map(describeNode) }));
  return {
    subtopologies: described,
    toString: () => ['Topologies:', ...described.flatMap(({ name, nodes }) => [`   Sub-topology: ${name}`, ...nodes.flatMap(nodeLines), ''])].join('\n'),
  };
}
