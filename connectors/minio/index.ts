/** S3: MinIO, SeaweedFS, AWS and whatever else speaks it. */
export { openMinioBlobStore } from './blobs/index.ts';
export type { MinioBlobStoreOptions } from './blobs/index.ts';
export { openS3Client } from './client/index.ts';
export type { S3Client, S3Options } from './client/index.ts';
export { s3Sources, s3Uri } from './sources/index.ts';
export { createdObjects, listenForObjects, notifyTarget, whyNotListen } from './notifications/index.ts';
export type { CreatedObject, ListenOptions, NotificationForm, WebhookTarget } from './notifications/index.ts';
