/**
 * What is asked: `/stores`, `/stores/<name>/get?key=`, `/stores/<name>/range?from=&to=&limit=`, `/stores/<name>/all?limit=`.
 * `get` answers for a key wherever it is, by a redirect; the other two for the partitions of this instance.
 */
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { Streams, Topology } from '../../topology/index.ts';
import { keyFrom } from './json.ts';

export interface QueryTarget {
  readonly streams: Streams;
  readonly topology: Topology;
}

export type Answer =
  | { readonly type: 'json'; readonly status: number; readonly body: unknown }
  | { readonly type: 'redirect'; readonly endpoint: string }
  | { readonly type: 'entries'; readonly entries: AsyncIterable<readonly [unknown, unknown]> };

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 100_000;

const paging = z.object({ limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT), reverse: z.stringbool().default(false) });

const notFound = (message: string): Answer => ({ type: 'json', status: 404, body: new MillraceError('MILL_TOPOLOGY_INVALID', message, { hint: 'GET /stores lists what there is.' }) });

export async function answer(target: QueryTarget, { pathname, searchParams }: URL): Promise<Answer> {
  const [, root, encodedName, verb, ...rest] = pathname.split('/');
  if (root !== 'stores' || rest.length > 0) return notFound(`Nothing is at ${pathname}.`);
  if (encodedName === undefined || encodedName === '') return { type: 'json', status: 200, body: listStores(target) };
  const name = decodeURIComponent(encodedName);
  const spec = target.topology.stores.find((store) => store.name === name);
  if (spec === undefined) return notFound(`There is no store ${name}.`);
  const keyOf = (parameter: string): unknown => {
    const text = searchParams.get(parameter);
    return text === null ? undefined : keyFrom(text, spec.key);
  };
  switch (verb) {
    case 'get': return getKey(target.streams, name, keyOf('key'));
    case 'range': return { type: 'entries', entries: target.streams.store(name).range(keyOf('from'), keyOf('to'), pagingOf(searchParams)) };
    case 'all': return { type: 'entries', entries: target.streams.store(name).all(pagingOf(searchParams)) };
    default: return notFound(`Nothing is at ${pathname}.`);
  }
}

function pagingOf(searchParams: URLSearchParams): z.output<typeof paging> {
  const parsed = paging.safeParse(Object.fromEntries(searchParams));
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', z.prettifyError(parsed.error));
  return parsed.data;
}

function listStores({ streams, topology }: QueryTarget): unknown {
  const { tasks } = streams.metrics();
  return topology.subtopologies.flatMap(({ name, stores }) => stores.map((store) => ({
    name: store,
    kind: topology.stores.find((spec) => spec.name === store)?.kind,
    subtopology: name,
    partitions: tasks.filter(({ task, status }) => task.subtopology === name && status === 'RUNNING').map(({ task }) => task.partition).sort((a, b) => a - b),
  })));
}

async function getKey(streams: Streams, name: string, key: unknown): Promise<Answer> {
  if (key === undefined) throw new MillraceError('MILL_CONFIG_INVALID', 'Give the key: /stores/<name>/get?key=…');
  const { endpoint, partition, local } = await streams.queryMetadataForKey(name, key);
  if (!local && endpoint !== null && endpoint !== streams.applicationServer) return { type: 'redirect', endpoint };
  const value = await streams.store<unknown, unknown>(name, { partition }).get(key);
  return { type: 'json', status: value === undefined ? 404 : 200, body: { key, value: value ?? null } };
}
