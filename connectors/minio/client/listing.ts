/**
 * One page of a listing. Read here and not by minio-js, whose XML parser makes numbers of names such as `007`. Names
 * come URL-encoded, so nothing else in them needs decoding.
 */
import { S3BrokenAnswer } from './failure.ts';

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedAtMs: number;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** `undefined` on the last page. */
  readonly next: string | undefined;
}

export function listQuery(prefix: string, startAfter: string | undefined, continuation: string | undefined, pageSize: number): string {
  const query = {
    'continuation-token': continuation,
    'encoding-type': 'url',
    'list-type': '2',
    'max-keys': String(pageSize),
    prefix,
    'start-after': continuation === undefined ? startAfter : undefined,
  };
  return Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeQuery(value)}`])).join('&');
}

export function parseListPage(xml: string): ListPage {
  if (!xml.includes('<ListBucketResult')) throw new S3BrokenAnswer('The server answered a listing with something else');
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, content = '']) => ({
    key: decodeKey(field(content, 'Key')),
    sizeBytes: Number(field(content, 'Size')),
    etag: etagOf(unescapeXml(field(content, 'ETag'))),
    modifiedAtMs: Date.parse(field(content, 'LastModified')),
  }));
  const truncated = field(xml, 'IsTruncated') === 'true';
  const next = unescapeXml(field(xml, 'NextContinuationToken'));
  return { objects, next: truncated && next !== '' ? next : undefined };
}

export const etagOf = (raw: string | undefined): string => (raw ?? '').replace(/^"|"$/g, '');

/** As a query of a signed request wants it: everything that is not unreserved is encoded. */
export const encodeQuery = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

const field = (xml: string, name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
/** A plus stands for a blank there. */
const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', '#34': '"', '#x22': '"', amp: '&', lt: '<', gt: '>', apos: "'", '#39': "'" };
const unescapeXml = (text: string): string => text.replace(/&([#\w]{2,5});/g, (whole, name: string) => ENTITIES[name] ?? whole);
