/** Which asset a source is. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

/**
 * The id of the asset at a place: the first 32 hex digits of SHA-256 of `<library> NUL <place>`, in UTF-8. So the same
 * source of the same library is always the same asset, whoever submits it, and `millrace add` gives a file the same id.
 * @param place the absolute path of a file; the URI of anything else
 */
export function assetIdOf(library: string, place: string): string {
  return createHash('sha256').update(`${library}\0${place}`).digest('hex').slice(0, 32);
}

/** The place that a URI names: `file:///a%20b` is `/a b`. */
export const placeOf = (sourceUri: string): string => (sourceUri.startsWith('file:') ? fileURLToPath(sourceUri) : sourceUri);
