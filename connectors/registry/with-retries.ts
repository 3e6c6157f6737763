/** What an answer of the registry means, and whether it is worth asking again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../ports/index.ts';
import type { Answer, RegistryApiClient, Resource } from './api-client.ts';
import type { CompiledRegistryOptions } from './options.ts';

export type Verdict =
  | { readonly type: 'found'; readonly body: object }
  /** No such subject, version or schema: said by the registry itself, and not by a proxy that knows no such path. */
  | { readonly type: 'absent' }
  /** By the rules of its subject, or as no Avro. */
  | { readonly type: 'rejected'; readonly reason: string };

const ABSENT = new Set([40401, 40402, 40403]);

/** Asks until there is an answer. @throws MillraceError MILL_REGISTRY_UNAVAILABLE, MILL_REGISTRY_REFUSED */
export async function withRetries(client: RegistryApiClient, { url, retry }: CompiledRegistryOptions, resource: Resource): Promise<Verdict> {
  for (let attempt = 1; ; attempt++) {
    let fault: string;
    let cause: unknown;
    try {
      const answer = await client.request(resource);
      const verdict = verdictOf(answer);
      if (verdict !== null) return verdict;
      fault = describe(answer);
      if (!isTransient(answer)) throw new MillraceError('MILL_REGISTRY_REFUSED', `The schema registry ${url} refused ${nameOf(resource)}: ${fault}`);
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      cause = error;
      fault = reasonOf(error);
    }
    if (attempt >= retry.attempts) throw new MillraceError('MILL_REGISTRY_UNAVAILABLE', `The schema registry ${url} did not answer ${nameOf(resource)}: ${fault}`, { cause });
    const waitMs = Math.min(retry.maxBackoffMs, retry.backoffMs * 2 ** (attempt - 1));
    await sleep(waitMs * (0.5 + Math.random() / 2));
  }
}

function verdictOf({ status, body }: Answer): Verdict | null {
  if (typeof body !== 'object' || body === null) return null;
  if (status >= 200 && status < 300) return { type: 'found', body };
  const { error_code: code, message } = body as { readonly error_code?: unknown; readonly message?: unknown };
  if (status === 404 && ABSENT.has(Number(code))) return { type: 'absent' };
  if (status === 409 || status === 422) return { type: 'rejected', reason: String(message) };
  return null;
}

/** A 404 without a code of the registry, or a page instead of JSON, comes from something that stands before it. */
const isTransient = ({ status, body }: Answer): boolean => status >= 500 || status === 404 || status === 408 || status === 429 || (status < 300 && body === undefined);

function describe({ status, body }: Answer): string {
  const message = (body as { readonly message?: unknown } | null | undefined)?.message;
  return `status ${status}${typeof message === 'string' ? `, ${message}` : ''}`;
}

/** Of the first connection that failed, where several were tried. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

function nameOf([, method, params]: Resource): string {
  const what = 'id' in params ? `schema ${params.id}` : `subject ${params.subject}`;
  return `${method} (${what})`;
}
