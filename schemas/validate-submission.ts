/** What a submission may hold, beyond the types that its schema names: checked by who sends it, and again where it enters. */
import { z } from 'zod';
import { MillraceError } from '../connectors/ports/index.ts';
import type { AssetSubmitted } from './types.gen.ts';

const MAX_ID_CHARS = 512;
const MAX_URI_CHARS = 16_384;
const MAX_NAME_CHARS = 1024;
const MAX_ATTRIBUTES = 100;

const id = z.string().min(1).max(MAX_ID_CHARS).refine((value) => !/\p{Cc}/u.test(value), 'has control characters');
const time = z.number().int().nonnegative().max(8.64e15);

const schema = z.object({
  eventId: id,
  assetId: id,
  library: id,
  priority: z.enum(['LIVE', 'BULK']),
  sourceUri: z.string().min(1).max(MAX_URI_CHARS).refine((value) => URL.canParse(value), 'is no URI'),
  fileName: z.string().min(1).max(MAX_NAME_CHARS),
  sizeBytes: z.number().int().nonnegative().nullable(),
  modifiedAtMs: time.nullable(),
  submittedAtMs: time,
  attributes: z.record(z.string().min(1).max(100), z.string().max(2000))
    .refine((value) => Object.keys(value).length <= MAX_ATTRIBUTES, `has more than ${MAX_ATTRIBUTES} entries`),
});

/** @throws MillraceError MILL_EVENT_INVALID that names the first field that is wrong */
export function validateSubmission(submission: AssetSubmitted, key: string): void {
  const parsed = schema.safeParse(submission);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new MillraceError('MILL_EVENT_INVALID', `AssetSubmitted.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
  }
  if (key !== submission.assetId) {
    throw new MillraceError('MILL_EVENT_INVALID', 'AssetSubmitted.assetId: differs from the key of the record', { hint: 'Use the assetId as the key: order is kept by key.' });
  }
}
