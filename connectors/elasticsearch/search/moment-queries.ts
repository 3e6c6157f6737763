/** The moments of one asset: all of them, and the frame nearest to a time. */
import type { estypes } from '@elastic/elasticsearch';
import type { MomentDocument } from '../../ports/index.ts';
import { momentOf, type StoredMoment } from '../documents.ts';
import type { IndexNames } from '../names.ts';
import type { Clause } from './filter-clauses.ts';
import type { Requests } from './requests.ts';

const MOMENTS_A_PAGE = 1_000;

/** Page after page by id, then by time: what arrives or goes meanwhile moves no other moment to another page. */
export async function momentsOf(requests: Requests, names: IndexNames, assetId: string): Promise<MomentDocument[]> {
  const found: MomentDocument[] = [];
  for (;;) {
    const after = found.at(-1)?.id;
    const { hits } = await requests.search<StoredMoment>({
      index: [...names.aliases], size: MOMENTS_A_PAGE, query: { bool: { filter: [{ term: { assetId } }] } }, sort: [{ id: 'asc' }],
      // Vectors are left out of what is given back unless they are named.
      _source: { excludes: ['vector'] }, fields: ['vector'],
      ...(after === undefined ? {} : { search_after: [after] }),
    });
    for (const { source, fields } of hits) {
      const vector = fields?.['vector'] as readonly number[] | undefined;
      found.push({ ...momentOf(source), vector: vector === undefined ? null : Float32Array.from(vector) });
    }
    if (hits.length < MOMENTS_A_PAGE) return found.sort(byTime);
  }
}

/** What has no time comes first. */
function byTime(a: MomentDocument, b: MomentDocument): number {
  return compare(a.startMs ?? -Infinity, b.startMs ?? -Infinity) || compare(a.charStart ?? -Infinity, b.charStart ?? -Infinity) || compare(a.modality, b.modality) || compare(a.id, b.id);
}

const compare = <Value extends number | string>(a: Value, b: Value): number => (a < b ? -1 : a > b ? 1 : 0);

/** The last frame up to the time, the first one after it, and one of those without a time, which count as 0: the nearest is among them. */
export async function nearestFrame(requests: Requests, names: IndexNames, assetId: string, timeMs: number): Promise<string | null> {
  const { aggregations } = await requests.search({
    index: names.alias('frame'), size: 0, query: { bool: { filter: [{ term: { assetId } }, { exists: { field: 'frameBlobKey' } }] } },
    aggs: {
      before: first({ range: { startMs: { lte: timeMs } } }, 'desc'),
      after: first({ range: { startMs: { gt: timeMs } } }, 'asc'),
      timeless: first({ bool: { must_not: { exists: { field: 'startMs' } } } }, 'asc'),
    },
  });
  const frames = Object.values((aggregations ?? {}) as Record<string, FirstFrame>).flatMap(({ frame }) => frame.hits.hits.map((hit) => hit._source));
  const distance = ({ startMs = 0 }: FrameSource): number => Math.abs(startMs - timeMs);
  const [nearest] = frames.sort((a, b) => distance(a) - distance(b) || compare(a.id, b.id));
  return nearest?.frameBlobKey ?? null;
}

type FrameSource = Pick<StoredMoment, 'id' | 'startMs'> & { readonly frameBlobKey: string };

interface FirstFrame {
  readonly frame: { readonly hits: { readonly hits: readonly { readonly _source: FrameSource }[] } };
}

const first = (filter: Clause, order: 'asc' | 'desc'): estypes.AggregationsAggregationContainer => ({
  filter,
  aggs: { frame: { top_hits: { size: 1, sort: [{ startMs: order }, { id: 'asc' }], _source: ['id', 'startMs', 'frameBlobKey'] } } },
});
