/**
 * Content identity: SHA-256 of the bytes. Everything that is derived from a source lies under its hash, so each user
 * of a source has to be sure of it; `createSourceVerifier` is for those that come after admission.
 */
import { createHash } from 'node:crypto';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { MediaSource, SourceOpeners } from '../../../connectors/ports/index.ts';
import { throwIfAborted } from '../abort.ts';
import { FILE_SOURCES, withSource } from './source.ts';

export interface HashOptions {
  readonly signal?: AbortSignal;
  /** @default file: only */
  readonly sources?: SourceOpeners;
  /** @default no limit */
  readonly maxBytes?: number;
}

export interface HashedSource {
  /** SHA-256, lower-case hex. */
  readonly contentHash: string;
  readonly sizeBytes: number;
  /** Of the source that was hashed: one that has it still has these bytes. */
  readonly sourceIdentity: string;
}

/**
 * Reads the source once, in constant memory.
 * @throws MillraceError MILL_SOURCE_NOT_FOUND, MILL_SOURCE_SCHEME, MILL_SOURCE_CHANGED, MILL_MEDIA_EMPTY,
 * MILL_SOURCE_UNAVAILABLE, MILL_MEDIA_FORBIDDEN, MILL_MEDIA_LIMIT
 */
export async function hashSource(uri: string, options: HashOptions = {}): Promise<HashedSource> {
  const { maxBytes = Number.POSITIVE_INFINITY } = options;
  return withSource(uri, options.sources ?? FILE_SOURCES, async (source) => {
    if (source.sizeBytes === 0) throw new MillraceError('MILL_MEDIA_EMPTY', 'The file has no bytes');
    if (source.sizeBytes > maxBytes) throw new MillraceError('MILL_MEDIA_LIMIT', `The file has ${source.sizeBytes} bytes; the limit is ${maxBytes}`);
    const contentHash = await hashOf(source, options.signal);
    return { contentHash, sizeBytes: source.sizeBytes, sourceIdentity: source.identity };
  });
}

async function hashOf(source: MediaSource, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source.chunks()) {
    throwIfAborted(signal);
    hash.update(chunk);
    bytes += chunk.length;
    // A file that grows while it is read would never end.
    if (bytes > source.sizeBytes) break;
  }
  await source.assertUnchanged();
  return hash.digest('hex');
}

/** @throws MillraceError MILL_SOURCE_CHANGED when the bytes are not those of `contentHash` */
export type SourceVerifier = (source: MediaSource, admitted: AdmittedSource) => Promise<void>;

/** What the record says of the source: its hash, and its identity when it was hashed (`null` in older records). */
export interface AdmittedSource {
  readonly contentHash: string;
  readonly sourceIdentity: string | null;
}

const REMEMBERED = 512;

/**
 * A source that has the identity that admission hashed is not read for this at all, which for a remote one is the point.
 * Else (another machine's mount, an older record, a file that was copied back) its bytes are hashed: segments of a film
 * open it again and again, so they are at the first, and while its identity stays the same the others take the answer.
 * Callers that come meanwhile wait for the same hash.
 */
export function createSourceVerifier(): SourceVerifier {
  const known = new Map<string, Promise<string>>();
  return async (source, { contentHash, sourceIdentity }) => {
    if (source.identity === sourceIdentity) return;
    let hash = known.get(source.identity);
    if (hash === undefined) {
      hash = hashOf(source, undefined);
      known.set(source.identity, hash);
      const oldest = known.keys().next();
      if (known.size > REMEMBERED && oldest.done !== true) known.delete(oldest.value);
      hash.catch(() => known.delete(source.identity));
    }
    if (await hash !== contentHash) throw new MillraceError('MILL_SOURCE_CHANGED', 'The source is not the one that was admitted: its content differs');
  };
}
