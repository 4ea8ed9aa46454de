import { Counter, Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client';
import type { Labels, Meter } from '../core/meter.ts';
import { METRICS, type MetricRow } from './metric-table.ts';

/** Counts for `/metrics`. */
export interface PromMeter extends Meter {
  /** The exposition in OpenMetrics, ready to be sent with `contentType`. */
  expose(): Promise<string>;
  readonly contentType: string;
}

/** From a tenth of a millisecond to five minutes. */
const SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.02, 0.1, 0.25, 1, 2.5, 10, 60, 300];
const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 16_777_216];
/** More series than this of one metric means that a label carries something unbounded; further ones are not kept. */
const MOST_SERIES = 2000;

type Metric = Counter | Gauge | Histogram;

/**
 * A meter that Prometheus can read. A metric of the table has the table's labels; another one those of its first use.
 * A label that a metric does not have is left out rather than thrown about: counting must not stop a stage.
 */
export function promMeter(): PromMeter {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const rows = new Map(METRICS.map((row) => [row.name, row]));
  const made = new Map<
    string,
    { readonly metric: Metric; readonly labels: readonly string[]; readonly series: Set<string> }
  >();

  const of = (name: string, kind: MetricRow['kind'], labels: Labels) => {
    const known = made.get(name);
    if (known) return known;
    const row = rows.get(name) ?? { name, kind, labels: Object.keys(labels), meaning: name.replaceAll('_', ' ') };
    const metric = { metric: newMetric(row, kind, registry), labels: row.labels, series: new Set<string>() };
    made.set(name, metric);
    return metric;
  };
  const fitting = (entry: ReturnType<typeof of>, labels: Labels): Record<string, string> | null => {
    const values = Object.fromEntries(entry.labels.map((label) => [label, labels[label] ?? '']));
    const key = JSON.stringify(Object.values(values));
    if (!entry.series.has(key)) {
      if (entry.series.size >= MOST_SERIES) return null;
      entry.series.add(key);
    }
    return values;
  };

  return {
    contentType: registry.contentType,
    count(name, labels, amount = 1) {
      const entry = of(name, 'counter', labels);
      const values = fitting(entry, labels);
      if (values && entry.metric instanceof Counter) entry.metric.inc(values, amount);
    },
    observe(name, labels, value) {
      const entry = of(name, 'histogram', labels);
      const values = fitting(entry, labels);
      if (values && entry.metric instanceof Histogram) entry.metric.observe(values, value);
    },
    gauge(name, labels, value) {
      const entry = of(name, 'gauge', labels);
      const values = fitting(entry, labels);
      if (values && entry.metric instanceof Gauge) entry.metric.set(values, value);
    },
    expose: () => registry.metrics(),
  };
}

function newMetric(row: MetricRow, kind: MetricRow['kind'], registry: Registry<OpenMetricsContentType>): Metric {
  const configuration = { name: row.name, help: row.meaning, labelNames: [...row.labels], registers: [registry] };
  if (kind === 'counter') return new Counter(configuration);
  if (kind === 'gauge') return new Gauge(configuration);
  return new Histogram({ ...configuration, buckets: row.name.endsWith('_bytes') ? BYTES : SECONDS });
}
