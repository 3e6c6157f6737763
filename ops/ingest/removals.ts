/** Which assets a person means by what they name, without asking any server. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { s3Uri, type S3Client } from '../../connectors/minio/index.ts';
import { assetIdOf } from '../../connectors/producer/index.ts';
import { objectPlaceOf, isObjectPlace, scanObjects } from './objects.ts';
import { scan } from './scan.ts';

/**
 * An id as it is; a file by its path, though it may be gone; all files that a folder has; an object by its URI, though it
 * may be gone; all objects below a place. What was in a folder and is gone is not found.
 */
export async function* assetsNamed(given: string, library: string, client: S3Client | null): AsyncGenerator<string> {
  if (/^[0-9a-f]{32}$/.test(given)) {
    yield given;
  } else if (isObjectPlace(given)) {
    const place = objectPlaceOf(given);
    if (!place.prefix.endsWith('/') && place.prefix !== '') yield assetIdOf(library, s3Uri(place.bucket, place.prefix));
    if (client !== null) for await (const { assetId } of scanObjects(client, place, { library })) yield assetId;
  } else {
    const place = await realPlace(path.resolve(given));
    if ((await stat(place).catch(() => undefined))?.isDirectory() === true) for await (const { assetId } of scan([place], { library })) yield assetId;
    else yield assetIdOf(library, place);
  }
}

/** The real path, of which the last parts may be gone. */
async function realPlace(absolute: string): Promise<string> {
  const parent = path.dirname(absolute);
  return realpath(absolute).catch(async () => (parent === absolute ? absolute : path.join(await realPlace(parent), path.basename(absolute))));
}
