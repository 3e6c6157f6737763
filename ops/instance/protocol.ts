/** The requests that an owner answers, and their bodies: validated on arrival, one for each method of Instance, and `ping`. */
import { z } from 'zod';
import type { AssetSubmitted } from '../../schemas/index.ts';
import type { DeadLetterFilter } from '../dlq/index.ts';
import type { Instance } from './instance.ts';

const submission = z.object({
  eventId: z.string(), assetId: z.string(), library: z.string(), priority: z.enum(['LIVE', 'BULK']),
  sourceUri: z.string(), fileName: z.string(), sizeBytes: z.number().nullable(), modifiedAtMs: z.number().nullable(),
  submittedAtMs: z.number(), attributes: z.record(z.string(), z.string()),
}) satisfies z.ZodType<AssetSubmitted>;

const deadLetterFilter = z.object({ ids: z.array(z.string()), node: z.string(), code: z.string(), topic: z.string() }).partial() as z.ZodType<DeadLetterFilter>;

interface Request<Result> {
  answer(instance: Instance, body: unknown): Promise<Result>;
}

const request = <Body, Result>(body: z.ZodType<Body>, answer: (instance: Instance, body: Body) => Promise<Result>): Request<Result> => ({
  answer: (instance, value) => answer(instance, body.parse(value)),
});

export const requests = {
  /** Whether anybody is there. */
  ping: request(z.null(), async () => null),
  submit: request(z.array(submission), (instance, events) => instance.submit(events)),
  remove: request(z.array(z.string()), (instance, assetIds) => instance.remove(assetIds)),
  assets: request(z.array(z.string()), (instance, assetIds) => instance.assets(assetIds)),
  assetsUnder: request(z.tuple([z.string(), z.string()]), (instance, [library, folderUri]) => instance.assetsUnder(library, folderUri)),
  status: request(z.null(), (instance) => instance.status()),
  deadLetters: request(z.tuple([z.number().int().nonnegative(), deadLetterFilter]), (instance, [limit, filter]) => instance.deadLetters(limit, filter)),
  deadLetter: request(z.string(), (instance, id) => instance.deadLetter(id)),
  retryDeadLetters: request(deadLetterFilter, (instance, filter) => instance.retryDeadLetters(filter)),
  purgeDeadLetters: request(deadLetterFilter, (instance, filter) => instance.purgeDeadLetters(filter)),
  auditEnd: request(z.null(), (instance) => instance.auditEnd()),
  audit: request(z.array(z.number()), (instance, cursor) => instance.audit(cursor)),
};

export type RequestName = keyof typeof requests;
export type ResultOf<Name extends RequestName> = Awaited<ReturnType<(typeof requests)[Name]['answer']>>;
