/**
 * An immutable topology: nodes, the sub-topologies that they fall into, stores and repartition topics. Built by
 * `StreamsBuilder.build()`; run by `Streams` or `TopologyTestDriver`.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { StoreSpec } from '../../state/index.ts';
import { describeTopology } from './describe.ts';
import type { TopologyDescription } from './describe.ts';
import { topologyToMermaid } from './mermaid.ts';
import type { RepartitionTopic, TopologyNode } from './nodes.ts';
import { cutSubtopologies } from './subtopologies.ts';
import type { Subtopology } from './subtopologies.ts';

export class Topology {
  readonly nodes: readonly TopologyNode[];
  readonly subtopologies: readonly Subtopology[];
  readonly stores: readonly StoreSpec[];
  readonly repartitions: readonly RepartitionTopic[];

  constructor(nodes: readonly TopologyNode[], stores: readonly StoreSpec[], repartitions: readonly RepartitionTopic[]) {
    this.nodes = nodes;
    this.stores = stores;
    this.repartitions = repartitions;
    this.subtopologies = cutSubtopologies(nodes);
    const names = this.subtopologies.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      throw new MillraceError('MILL_TOPOLOGY_INVALID', `Two sub-topologies would be named ${twice}: name the source of one, stream(topic, { name }).`);
    }
  }

  /** The topic as the log knows it: repartition topics are the application's own. */
  topicName(topic: string, applicationId: string): string {
    return this.repartitions.some((repartition) => repartition.topic === topic) ? `${applicationId}-${topic}` : topic;
  }

  describe(): TopologyDescription {
    return describeTopology(this);
  }

  /** A Mermaid flow chart of the topology. */
  toMermaid(): string {
    return topologyToMermaid(this);
  }
}
