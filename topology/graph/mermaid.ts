/** The topology as a Mermaid flow chart: sub-topologies as boxes, topics between them, stores beside their nodes. */
import type { Subtopology } from './subtopologies.ts';

export function topologyToMermaid({ subtopologies }: { readonly subtopologies: readonly Subtopology[] }): string {
  const ids = new Map<string, string>();
  const idOf = (name: string): string => {
    const id = ids.get(name) ?? `n${ids.size}`;
    ids.set(name, id);
    return id;
  };
  const boxes: string[] = [];
  const topicLines = new Set<string>();
  const edges: string[] = [];
  for (const { name, nodes, stores } of subtopologies) {
    boxes.push(`  subgraph ${idOf(`subtopology:${name}`)}["${name}"]`);
    for (const node of nodes) boxes.push(`    ${idOf(`node:${node.name}`)}["${node.name}"]`);
    for (const store of stores) boxes.push(`    ${idOf(`store:${store}`)}[("${store}")]`);
    boxes.push('  end');
    for (const node of nodes) {
      const id = idOf(`node:${node.name}`);
      for (const child of node.children) edges.push(`  ${id} --> ${idOf(`node:${child}`)}`);
      for (const store of node.stores) edges.push(`  ${id} -.- ${idOf(`store:${store}`)}`);
      const topics = node.spec.kind === 'source' ? node.spec.topics : node.spec.kind === 'sink' ? [node.spec.topic] : [];
      for (const topic of topics) {
        const topicId = idOf(`topic:${topic}`);
        topicLines.add(`  ${topicId}{{"${topic}"}}`);
        edges.push(node.spec.kind === 'source' ? `  ${topicId} --> ${id}` : `  ${id} --> ${topicId}`);
      }
    }
  }
  return ['flowchart LR', ...topicLines, ...boxes, ...edges, ''].join('\n');
}
