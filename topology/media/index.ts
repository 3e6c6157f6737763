/** The media topology: which processor hangs where. */
export { createMediaServices } from './create-services.ts';
export type { MediaServicesOptions } from './create-services.ts';
export { buildMediaTopology } from './media-topology.ts';
export type { MediaTopologyParts } from './media-topology.ts';
export type { MediaTopologyOptions } from './options.ts';
export type { AdmissionService, DecodeOutput, EnrichOutput, MediaServices, StageContext, StageFunction } from './services.ts';
export { outlineMediaTopology, withPictures } from './outline.ts';
export { stageProgress, subtopologiesOf } from './progress.ts';
export type { StageInput, StageProgress } from './progress.ts';
export { STAGES } from './stage.ts';
export type { Stage } from './stage.ts';
export { mediaTopicSpecs, TOPICS } from './topics.ts';
export type { MediaTopic } from './topics.ts';
