/** From what a person names to media events. */
export { assetIdOf } from '../../connectors/producer/index.ts';
export { isObjectPlace, isVisible, objectPlaceOf, scanObjects, type ObjectPlace } from './objects.ts';
export { collect, publish, type PublishOptions, type PublishProgress, type PublishSummary, type SourceBucket } from './publish.ts';
export { assetsNamed } from './removals.ts';
export { scan, type ScanOptions } from './scan.ts';
export { ensureMediaTopics } from './topics.ts';
export { uploadSource, type UploadedSource, type UploadOptions } from './upload.ts';
