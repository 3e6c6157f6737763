/** Objects that are put into a bucket become media events. */
export { Checkpoint } from './checkpoint.ts';
export { runInbox, type InboxMode, type InboxOptions } from './inbox.ts';
export { Intake, type IntakeOptions } from './intake.ts';
export { eventIdOf, type InboxObject } from './object-event.ts';
export { serveWebhook, type WebhookOptions, type WebhookServer } from './webhook-server.ts';
