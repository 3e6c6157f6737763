/** What a notification says of an object: S3's event records, as MinIO sends them to listeners and to webhooks. */
import { z } from 'zod';

const notificationSchema = z.object({
  Records: z.array(z.object({
    eventName: z.string(),
    s3: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
  })).nullish(),
});

export interface CreatedObject {
  readonly bucket: string;
  readonly key: string;
}

export interface NotificationForm {
  /** Keys are URL-encoded, with a plus for a blank: so they come to webhooks, and not to listeners. */
  readonly encodedKeys: boolean;
}

/** The objects that were put; other events are passed over. @throws when it is no notification */
export function createdObjects(notification: unknown, { encodedKeys }: NotificationForm): CreatedObject[] {
  const { Records: records } = notificationSchema.parse(notification);
  return (records ?? []).flatMap(({ eventName, s3: { bucket, object } }) =>
    (/^(s3:)?ObjectCreated:/.test(eventName) ? [{ bucket: bucket.name, key: encodedKeys ? decodeURIComponent(object.key.replaceAll('+', ' ')) : object.key }] : []));
}
