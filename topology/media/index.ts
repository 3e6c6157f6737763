/** The media topology: which processor hangs where. */
export { createMediaServices } from './create-services.ts';
export type { MediaServicesOptions } from './create-services.ts';
export { buildMediaTopology } from './media-topology.ts';
export type { MediaTopologyParts } from './media-topology.ts';
export { needsOf } from './needs.ts';
export type { StageNeeds } from './needs.ts';
export type { MediaTopologyOptions } from './options.ts';
export type { AdmissionService, DecodeOutput, EnrichOutput, MediaServices, StageContext, StageFunction } from './services.ts';
export { outlineMediaTopology, withPictures } from './outline.ts';
export { assetOfDeadLetter } from './dead-letters.ts';
export { stageProgress } from './progress.ts';
export type { StageInput, StageProgress } from './progress.ts';
export { STAGES } from './stage.ts';
export type { Stage } from './stage.ts';
export { EVENTS, subtopologiesOf } from './subtopologies.ts';
export type { SubtopologyOptions } from './subtopologies.ts';
export { mediaTopicSpecs, TOPICS } from './topics.ts';
export type { MediaTopic } from './topics.ts';
