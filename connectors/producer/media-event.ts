/** A media event as an application writes it: only `sourceUri` is needed, and all else has a rule. */
import { randomUUID } from 'node:crypto';
import { MillraceError } from '../ports/index.ts';
import { validateSubmission, type AssetSubmitted } from '../../schemas/index.ts';
import { assetIdOf, placeOf } from './asset-id.ts';

/** What is left out is filled in by `completeMediaEvent`. */
export type MediaEvent = Pick<AssetSubmitted, 'sourceUri'> & { readonly [Field in keyof AssetSubmitted]?: AssetSubmitted[Field] | undefined };

export interface MediaEventDefaults {
  /** @default 'default' */
  readonly library?: string | undefined;
  /** @default 'LIVE' */
  readonly priority?: AssetSubmitted['priority'] | undefined;
  /** @default Date.now */
  readonly nowMs?: (() => number) | undefined;
}

const FIELDS: ReadonlySet<string> = new Set<keyof AssetSubmitted>([
  'eventId', 'assetId', 'library', 'priority', 'sourceUri', 'fileName', 'sizeBytes', 'modifiedAtMs', 'submittedAtMs', 'attributes',
]);
const SCHEMES = /^(file|s3):/;

/**
 * Fills in what was left out, and checks all of it. Keep the result of this where a submission may be repeated: it is the
 * `eventId` that tells a repeat from a new submission.
 *
 * | field | where it is left out |
 * | --- | --- |
 * | `eventId` | a random UUID |
 * | `assetId` | `assetIdOf(library, place of sourceUri)` |
 * | `library`, `priority` | those of the producer; `default`, LIVE |
 * | `fileName` | the last part of the source's path |
 * | `sizeBytes`, `modifiedAtMs` | `null`: the source is read to find out whether it has changed |
 * | `submittedAtMs` | now |
 * | `attributes` | none |
 * @throws MillraceError MILL_EVENT_INVALID that names the field, MILL_SOURCE_SCHEME
 */
export function completeMediaEvent(event: MediaEvent, { library: itsLibrary = 'default', priority = 'LIVE', nowMs = Date.now }: MediaEventDefaults = {}): AssetSubmitted {
  for (const field of Object.keys(event)) if (!FIELDS.has(field)) throw invalid(field, 'there is no such field');
  const { sourceUri, library = itsLibrary } = event;
  if (typeof sourceUri !== 'string' || !URL.canParse(sourceUri)) throw invalid('sourceUri', 'is no URI');
  if (!SCHEMES.test(sourceUri)) throw new MillraceError('MILL_SOURCE_SCHEME', `AssetSubmitted.sourceUri: ${sourceUri} is neither a file: URI nor s3://bucket/key`);
  const complete: AssetSubmitted = {
    eventId: event.eventId ?? randomUUID(),
    assetId: event.assetId ?? assetIdOf(library, placeFrom(sourceUri)),
    library,
    priority: event.priority ?? priority,
    sourceUri,
    fileName: event.fileName ?? lastPart(placeFrom(sourceUri)),
    sizeBytes: event.sizeBytes ?? null,
    modifiedAtMs: event.modifiedAtMs ?? null,
    submittedAtMs: event.submittedAtMs ?? nowMs(),
    attributes: event.attributes ?? {},
  };
  validateSubmission(complete, complete.assetId);
  return complete;
}

function placeFrom(sourceUri: string): string {
  try {
    return placeOf(sourceUri);
  } catch (cause) {
    // A host, or an encoded slash.
    throw invalid('sourceUri', cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function lastPart(place: string): string {
  const part = place.split('/').filter((name) => name !== '').at(-1) ?? place;
  if (place.startsWith('/')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function invalid(field: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('MILL_EVENT_INVALID', `AssetSubmitted.${field}: ${reason}`, { cause });
}
