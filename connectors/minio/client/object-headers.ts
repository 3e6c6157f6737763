/** What headers say of an object, in requests and in answers. */
import type { IncomingMessage } from 'node:http';
import { S3BrokenAnswer } from './failure.ts';
import { etagOf } from './listing.ts';
import type { GetOptions, ObjectStat, PutOptions } from './types.ts';

const META_PREFIX = 'x-amz-meta-';

/** A server or a proxy that knows no ranges sends all of a film: what is wanted of it would be taken from its begin, and kept in memory. */
export function assertRange({ offset, length }: NonNullable<GetOptions['range']>, response: IncomingMessage): void {
  const { 'content-range': range = '', 'content-length': bytes } = response.headers;
  const start = Number(/^bytes (\d+)-/.exec(range)?.[1] ?? 0);
  if (start === offset && (length === undefined || Number(bytes ?? Infinity) <= length)) return;
  response.destroy();
  throw new S3BrokenAnswer(`asked for ${length ?? 'all'} bytes from ${offset} on, the server sends ${bytes ?? 'an unknown number'} from ${start} on`);
}

export function putHeaders({ contentType = 'application/octet-stream', metadata = {} }: PutOptions): Record<string, string> {
  return { 'content-type': contentType, ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`${META_PREFIX}${name}`, value])) };
}

export function statOf({ headers }: IncomingMessage): ObjectStat {
  const versionId = headers['x-amz-version-id'];
  return {
    // Of the whole object, also where a range of it was asked for.
    sizeBytes: Number(/\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] ?? headers['content-length'] ?? 0),
    etag: etagOf(headers.etag),
    versionId: typeof versionId === 'string' && versionId !== 'null' ? versionId : undefined,
    modifiedAtMs: Date.parse(headers['last-modified'] ?? ''),
    metadata: Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (name.startsWith(META_PREFIX) && typeof value === 'string' ? [[name.slice(META_PREFIX.length), value]] : []))),
  };
}
