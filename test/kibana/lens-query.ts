/** What Kibana's Lens asks of Elasticsearch for a panel, as far as these panels go, and the answer as the rows that it draws. */
import type { SavedObject } from '../../src/indexing/kibana/saved-objects.js';
import { type Column, type Layer, layerOf, type ShownPanel } from './objects.js';

export type Row = Record<string, number | string>;

export interface Shown {
  from_ms: number;
  /** Inclusive. */
  to_ms: number;
  /** What `auto` comes to in so much time. */
  auto: string;
}

type Aggs = Record<string, Record<string, unknown>>;
interface Bucket {
  key: number | string;
  doc_count: number;
  [id: string]: unknown;
}

const METRICS: Record<string, string> = { average: 'avg', unique_count: 'cardinality', max: 'max', min: 'min', sum: 'sum' };

export function searchOf(panel: ShownPanel, objects: readonly SavedObject[], { from_ms, to_ms, auto }: Shown) {
  const { layer, index, time } = layerOf(panel, objects);
  const range = { gte: new Date(from_ms).toISOString(), lte: new Date(to_ms).toISOString(), format: 'strict_date_optional_time' };
  const query = { bool: { filter: [{ range: { [time]: range } }] } };
  return { index, layer, body: { size: 0, track_total_hits: true, query, aggs: aggsOf(layer, layer.columnOrder, auto) } };
}

/** Buckets in each other, in the order of the columns; the values inside the last. */
function aggsOf(layer: Layer, [id, ...rest]: readonly string[], auto: string): Aggs {
  if (id === undefined) return {};
  const column = layer.columns[id]!;
  const aggs = aggsOf(layer, rest, auto);
  if (!column.isBucketed) return { ...metricOf(id, column), ...aggs };
  if (column.operationType === 'date_histogram') {
    const fixed_interval = column.params.interval === 'auto' ? auto : column.params.interval;
    return { [id]: { date_histogram: { field: column.sourceField, fixed_interval, min_doc_count: 1 }, aggs } };
  }
  const { size, orderBy, orderDirection } = column.params;
  const by = orderBy!.columnId;
  const ordering = metricOf(by, layer.columns[by]!);
  const order = { [by in ordering ? by : '_count']: orderDirection };
  return { [id]: { terms: { field: column.sourceField, size, order }, aggs: { ...ordering, ...aggs } } };
}

function metricOf(id: string, { operationType, sourceField }: Column): Aggs {
  const metric = METRICS[operationType];
  return metric === undefined ? {} : { [id]: { [metric]: { field: sourceField } } };
}

/** A row for each innermost bucket, by the ids of the columns. */
export function rowsOf(layer: Layer, answer: unknown): Row[] {
  const { hits, aggregations } = answer as { hits: { total: { value: number } }; aggregations?: object };
  const whole = { key: '', doc_count: hits.total.value, ...aggregations };
  const inner = (bucket: Bucket, [id, ...rest]: readonly string[], row: Row): Row[] => {
    if (id === undefined) return [row];
    const column = layer.columns[id]!;
    if (column.isBucketed) {
      const { buckets } = bucket[id] as { buckets: Bucket[] };
      return buckets.flatMap((one) => inner(one, rest, { ...row, [id]: one.key }));
    }
    const value = column.operationType === 'count' ? bucket.doc_count : (bucket[id] as { value: number }).value;
    return inner(bucket, rest, { ...row, [id]: value });
  };
  return inner(whole, layer.columnOrder, {});
}
