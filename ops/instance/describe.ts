/** The media topology as a graph, without anything that runs. */
import { buildMediaTopology } from '../../topology/media/index.ts';
import type { Topology } from '../../topology/index.ts';
import type { StageGroup } from './lag.ts';
import { INERT_SERVICES } from './media-services.ts';

export const APPLICATION_ID = 'millrace';

export const describeMediaTopology = (): Topology => buildMediaTopology({ services: INERT_SERVICES });

/** The consumer group and inputs of each stage. */
export function stageGroups(): StageGroup[] {
  const topology = describeMediaTopology();
  return topology.subtopologies.map(({ name, sourceTopics }) => ({
    stage: name,
    groupId: `${APPLICATION_ID}-${name}`,
    sourceTopics: sourceTopics.map((topic) => topology.topicName(topic, APPLICATION_ID)),
  }));
}
