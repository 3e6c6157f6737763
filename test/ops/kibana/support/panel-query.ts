/** What Kibana asks Elasticsearch for a panel: Lens' columns as aggregations, and the part of KQL that our panels use. */
import type { ParsedColumn } from './saved-object-forms.ts';

type Json = Readonly<Record<string, unknown>>;

/** `field: "value"` and `field: ("a" or "b")`. @throws Error for more than that */
export function kqlFilter(query: string): Json {
  if (query === '') return { match_all: {} };
  const [, field, one, several] = /^([@\w.]+): (?:"([^"]*)"|\(("[^"]*"(?: or "[^"]*")*)\))$/.exec(query) ?? [];
  if (field === undefined) throw new Error(`not in the part of KQL that this reads: ${query}`);
  const values = one === undefined ? (several ?? '').split(' or ').map((value) => value.slice(1, -1)) : [one];
  return { bool: { should: values.map((value) => ({ match: { [field]: value } })), minimum_should_match: 1 } };
}

/** Aggregations of a layer, nested as its buckets are. */
export function aggregationsOf(columns: Readonly<Record<string, ParsedColumn>>, order: readonly string[]): Json {
  const inOrder = order.map((id) => [id, columns[id]] as const).filter((entry): entry is readonly [string, ParsedColumn] => entry[1] !== undefined);
  const measures = Object.fromEntries(inOrder.filter(([, { isBucketed }]) => !isBucketed).map(([id, column]) => [id, measureOf(column)]));
  return inOrder.filter(([, { isBucketed }]) => isBucketed).reduceRight<Json>((inner, [id, column]) => ({ [id]: { ...bucketsOf(column, columns), aggs: inner } }), measures);
}

function bucketsOf({ operationType, sourceField, params }: ParsedColumn, columns: Readonly<Record<string, ParsedColumn>>): Json {
  if (operationType === 'date_histogram') return { date_histogram: { field: sourceField, fixed_interval: '1h', min_doc_count: 1 } };
  const { columnId } = params['orderBy'] as { columnId: string };
  const by = columns[columnId];
  // A percentile is one figure of several, and a filtered measure lies one level deeper.
  const figure = by === undefined || by.operationType === 'count' ? '_count' : by.operationType === 'percentile' ? `${columnId}.${String(by.params['percentile'])}` : columnId;
  return { terms: { field: sourceField, size: params['size'], order: { [figure]: 'desc' } } };
}

function measureOf(column: ParsedColumn): Json {
  const plain = plainMeasure(column);
  return column.filter === undefined ? plain : { filter: kqlFilter(column.filter.query), aggs: { value: plain } };
}

function plainMeasure({ operationType, sourceField, params }: ParsedColumn): Json {
  switch (operationType) {
    case 'sum': return { sum: { field: sourceField } };
    case 'average': return { avg: { field: sourceField } };
    case 'unique_count': return { cardinality: { field: sourceField } };
    case 'percentile': return { percentiles: { field: sourceField, percents: [params['percentile']] } };
    default: return { filter: { match_all: {} } };
  }
}
