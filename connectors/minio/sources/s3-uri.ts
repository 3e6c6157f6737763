/** `s3://bucket/key`, the key percent-encoded as in any URI; `?versionId=` names one version of it. */
import { MillraceError } from '../../ports/index.ts';
import { isBucketName, isObjectKey } from '../client/index.ts';

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** @throws MillraceError MILL_SOURCE_NOT_FOUND */
export function locationOf(uri: URL): S3Location {
  const key = decoded(uri.pathname.slice(1));
  if (uri.username !== '' || uri.password !== '' || uri.port !== '' || key === undefined || !isBucketName(uri.hostname) || !isObjectKey(key)) {
    throw new MillraceError('MILL_SOURCE_NOT_FOUND', 'The URI names no object: it has to be s3://bucket/key', { hint: 'Write the key percent-encoded (encodeURIComponent of each part), and no keys of access into the URI.' });
  }
  return { bucket: uri.hostname, key, versionId: uri.searchParams.get('versionId') ?? undefined };
}

/** The URI of an object, as a media event has it. */
export const s3Uri = (bucket: string, key: string): string => `s3://${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
