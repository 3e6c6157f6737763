/** What is put into a bucket, as MinIO tells it. */
export { createdObjects, type CreatedObject, type NotificationForm } from './created.ts';
export { listenForObjects, whyNotListen, type ListenOptions } from './listen.ts';
export { notifyTarget, type WebhookTarget } from './webhook.ts';
