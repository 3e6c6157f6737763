/**
 * Where bytes of media come from: a small port, so that another scheme (s3:) is one opener more. A source is opened
 * once and used by its descriptor from then on: nobody can put another file under the name between check and use, and
 * no name, however hostile, reaches a command line.
 */
import { MillraceError } from '../../../connectors/ports/index.ts';
import { openFileSource } from './file-source.ts';

export interface MediaSource {
  /** Open for reading; a regular file (other schemes bring their bytes into one). */
  readonly fd: number;
  readonly sizeBytes: number;
  /** Changes whenever the bytes may have changed. */
  readonly identity: string;
  /** Up to `length` bytes; fewer at the end. */
  read(position: number, length: number): Promise<Buffer>;
  /** All bytes in order. A chunk is valid until the next one is asked for. */
  chunks(): AsyncIterable<Buffer>;
  /** @throws MillraceError MILL_SOURCE_CHANGED */
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** @throws MillraceError MILL_SOURCE_NOT_FOUND, MILL_MEDIA_FORBIDDEN */
export type SourceOpener = (uri: URL) => Promise<MediaSource>;

/** By scheme, with its colon: `file:`. */
export type SourceOpeners = Readonly<Record<string, SourceOpener>>;

export const FILE_SOURCES: SourceOpeners = { 'file:': openFileSource };

/** @throws MillraceError MILL_SOURCE_SCHEME and those of the opener */
export async function openSource(uri: string, openers: SourceOpeners = FILE_SOURCES): Promise<MediaSource> {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const opener = url === undefined ? undefined : openers[url.protocol];
  if (url === undefined || opener === undefined) {
    throw new MillraceError('MILL_SOURCE_SCHEME', `No connector opens ${url === undefined ? 'a source that is not a URI' : `the scheme ${url.protocol}`}`);
  }
  return opener(url);
}

/** Opens, uses and always closes. */
export async function withSource<T>(uri: string, openers: SourceOpeners, use: (source: MediaSource) => Promise<T>): Promise<T> {
  const source = await openSource(uri, openers);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}
