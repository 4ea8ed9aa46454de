/** One saved object of an export file of Kibana, as far as the queries need it. */
interface SavedObject {
  readonly id: string;
  readonly type: string;
  readonly attributes: {
    readonly title: string;
    readonly timeFieldName?: string;
    readonly visState?: string;
    readonly panelsJSON?: string;
    readonly kibanaSavedObjectMeta?: { readonly searchSourceJSON: string };
  };
  readonly references: readonly { readonly name: string; readonly type: string; readonly id: string }[];
}

interface VisState {
  readonly aggs: readonly {
    readonly id: string;
    readonly type: string;
    readonly schema: string;
    readonly params: Readonly<Record<string, unknown>>;
  }[];
}

/** A panel with the search that Kibana makes of it for a span of time. */
export interface PanelQuery {
  readonly title: string;
  readonly index: string;
  body(from: number, to: number): Record<string, unknown>;
}

export const savedObjects = (ndjson: string): readonly SavedObject[] =>
  ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SavedObject);

/** The searches of all aggregation-based panels: buckets outside, the metric within, the time picker as a range filter. */
export function panelQueries(objects: readonly SavedObject[]): readonly PanelQuery[] {
  return objects
    .filter(({ type }) => type === 'visualization')
    .map(({ attributes, references }) => {
      const view = objects.find(({ type, id }) => type === 'index-pattern' && id === references[0]?.id);
      const timeField = view?.attributes.timeFieldName;
      if (view === undefined || timeField === undefined) throw new Error(`${attributes.title} has no data view`);
      const { aggs } = JSON.parse(attributes.visState ?? '') as VisState;
      return {
        title: attributes.title,
        index: view.attributes.title,
        body: (from, to) => ({
          size: 0,
          query: { range: { [timeField]: { gte: from, lt: to, format: 'epoch_millis' } } },
          aggs: nested(aggs),
        }),
      };
    });
}

function nested(aggs: VisState['aggs']): Record<string, unknown> {
  const metrics = aggs.filter(({ schema }) => schema === 'metric');
  const buckets = aggs.filter(({ schema }) => schema !== 'metric');
  const innermost = Object.fromEntries(metrics.map(({ id, type, params }) => [id, { [type]: request(type, params) }]));
  return buckets.reduceRight<Record<string, unknown>>(
    (inner, { id, type, params }) => ({ [id]: { [type]: request(type, params), aggs: inner } }),
    innermost,
  );
}

const INTERVALS: Readonly<Record<string, string>> = { m: '1m', h: '1h', d: '1d' };

/** What the editor's parameters become in a request. */
function request(type: string, params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { field, size, order, orderBy, interval, min_doc_count } = params;
  if (type === 'cardinality') return { field };
  if (type === 'terms') return { field, size, order: { [String(orderBy)]: order } };
  if (type === 'date_histogram') return { field, fixed_interval: INTERVALS[String(interval)], min_doc_count };
  throw new Error(`No panel of ours uses ${type}`);
}
