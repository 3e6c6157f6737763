/**
 * A bucket's notification configuration: which target of the server hears what is put into it. The target itself, with
 * its address and its token, is the server's own setting (MINIO_NOTIFY_WEBHOOK_*).
 */
import { text } from 'node:stream/consumers';
import type { S3Client } from '../client/index.ts';

export interface WebhookTarget {
  /** As `SQS ARNs` in what MinIO writes at its start: `arn:minio:sqs::MILLRACE:webhook`. */
  readonly arn: string;
  /** @default '' */
  readonly prefix?: string;
}

const ID = 'millrace-inbox';
const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** Adds the target, or puts it in the place of an earlier one of ours; what others have configured stays. @throws MillraceError MILL_BLOBS_REFUSED when the server has no such target */
export async function notifyTarget(client: S3Client, bucket: string, { arn, prefix = '' }: WebhookTarget): Promise<void> {
  const present = await text(await client.request({ method: 'GET', bucket, query: 'notification=' }));
  const others = (/<NotificationConfiguration[^>]*>(.*)<\/NotificationConfiguration>/s.exec(present)?.[1] ?? '').replace(/<QueueConfiguration>.*?<\/QueueConfiguration>/gs, (configuration) => (configuration.includes(`<Id>${ID}</Id>`) ? '' : configuration));
  const filter = prefix === '' ? '' : `<Filter><S3Key><FilterRule><Name>prefix</Name><Value>${escapeXml(prefix)}</Value></FilterRule></S3Key></Filter>`;
  const ours = `<QueueConfiguration><Id>${ID}</Id><Queue>${escapeXml(arn)}</Queue><Event>s3:ObjectCreated:*</Event>${filter}</QueueConfiguration>`;
  const body = `<NotificationConfiguration ${NAMESPACE}>${others}${ours}</NotificationConfiguration>`;
  (await client.request({ method: 'PUT', bucket, query: 'notification=', headers: { 'content-type': 'application/xml' }, body })).resume();
}

const escapeXml = (value: string): string => value.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
