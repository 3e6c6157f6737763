/** Opening sources by their scheme. Which schemes there are is the caller's choice; files are always at hand. */
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { MediaSource, SourceOpeners } from '../../../connectors/ports/index.ts';
import { openFileSource } from './file-source.ts';

/** Every file that this process may read. */
export const FILE_SOURCES: SourceOpeners = { 'file:': (uri) => openFileSource(uri) };

/** For events that others than the operator write. */
export const fileSourcesIn = (folders: readonly string[]): SourceOpeners => ({ 'file:': (uri) => openFileSource(uri, folders) });

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
