/** What a media event must be like before its source is looked at. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { AssetSubmitted } from '../../schemas/index.ts';

const MAX_ID_LENGTH = 512;

/**
 * Ids become parts of keys, so they have no control characters. An event that breaks these rules has a dead letter and
 * no document: what it says of its asset cannot be relied upon.
 * @throws MillraceError MILL_EVENT_INVALID
 */
export function validateSubmission(event: AssetSubmitted, key: string): void {
  const { assetId, eventId, sourceUri, fileName } = event;
  if (assetId !== key) throw invalid(`assetId is ${JSON.stringify(assetId)} and the record's key is ${JSON.stringify(key)}`);
  if (assetId === '' || assetId.length > MAX_ID_LENGTH || /[\u0000-\u001f\u007f]/.test(assetId)) {
    throw invalid(`assetId must have 1 to ${MAX_ID_LENGTH} characters, and no control characters among them`);
  }
  if (eventId === '') throw invalid('eventId is empty');
  if (fileName === '') throw invalid('fileName is empty');
  if (!URL.canParse(sourceUri)) throw invalid(`sourceUri ${JSON.stringify(sourceUri)} is no URI`);
}

const invalid = (what: string): MillraceError => new MillraceError('MILL_EVENT_INVALID', `media.assets: ${what}.`);
