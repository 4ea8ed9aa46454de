import { area } from 'd3-shape';
import { AXIS_PX, LineLegend, type Tick, TickLabels, ValueLabels, ValueLines } from './axes.tsx';
import { ChartFigure, type ChartSetting, Stretched, stopsOf } from './chart-figure.tsx';
import { pathOf } from './fan-chart.tsx';
import { round, stretches, valueAxis, xScale } from './plot.ts';

/** What a stretch of the past held. */
export interface Bucket {
  readonly at: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

export interface HistorySeries {
  readonly name: string;
  /** Ascending; an empty stretch is absent, and a gap is left for it. */
  readonly buckets: readonly Bucket[];
}

export interface HistoryChartProps extends ChartSetting {
  readonly from: number;
  readonly to: number;
  /** Up to three. */
  readonly series: readonly HistorySeries[];
  readonly widthMs: number;
  readonly ticks: readonly Tick[];
  readonly leastSpan: number;
  /** The axis begins here where less cannot be: rain at 0. */
  readonly least?: number;
  readonly columns: { readonly time: string; readonly min: string; readonly mean: string; readonly max: string };
  readonly format: {
    readonly time: (at: number) => string;
    readonly value: (value: number) => string;
    readonly tick: (value: number) => string;
  };
}

const PLOT_PX = 260;

/** The past as lines of means, each between its lowest and highest, which is hatched so that nobody takes it for a forecast's band. */
export function HistoryChart(props: HistoryChartProps) {
  const { from, to, series, widthMs, ticks, format, columns, texts } = props;
  const x = xScale(from, to);
  const all = series.flatMap(({ buckets }) => buckets.flatMap(({ min, max }) => [min, max]));
  const axis = valueAxis(all, {
    top: 18,
    bottom: PLOT_PX - 4,
    leastSpan: props.leastSpan,
    ...(props.least === undefined ? {} : { from: props.least }),
  });
  const instants = [...new Set(series.flatMap(({ buckets }) => buckets.map(({ at }) => at)))].sort((a, b) => a - b);
  const byInstant = series.map(({ buckets }) => new Map(buckets.map((bucket) => [bucket.at, bucket])));
  const named = (word: string, name: string) => (series.length > 1 ? `${name}, ${word}` : word);
  const table = {
    columns: [
      columns.time,
      ...series.flatMap(({ name }) => [columns.min, columns.mean, columns.max].map((word) => named(word, name))),
    ],
    rows: instants.map((at) => [
      format.time(at),
      ...byInstant.flatMap((one) => {
        const bucket = one.get(at);
        return bucket ? [bucket.min, bucket.mean, bucket.max].map(format.value) : [texts.none, texts.none, texts.none];
      }),
    ]),
  };
  const middle = (at: number) => at + widthMs / 2;
  const stops = stopsOf(
    table,
    instants.map((at) => {
      const mean = byInstant[0]?.get(at)?.mean;
      return { x: x(middle(at)), ...(mean === undefined ? {} : { y: axis.y(mean) }) };
    }),
  );
  return (
    <ChartFigure
      {...props}
      heightPx={PLOT_PX + AXIS_PX}
      table={table}
      stops={stops}
      start={Math.max(0, stops.length - 1)}
      legend={
        series.length > 1 && (
          <LineLegend items={series.map(({ name }, index) => ({ mark: `chart-series-${index + 1}`, word: name }))} />
        )
      }
    >
      <ValueLines axis={axis} />
      <Stretched heightPx={PLOT_PX}>
        {series.map(({ name, buckets }, index) =>
          stretches(
            buckets.map(({ at, mean }) => ({ at, value: mean })),
            widthMs * 1.5,
          ).map((points) => {
            const held = points.flatMap(({ at }) => buckets.find((bucket) => bucket.at === at) ?? []);
            const range = area<Bucket>()
              .x(({ at }) => round(x(middle(at))))
              .y0(({ min }) => axis.y(min))
              .y1(({ max }) => axis.y(max));
            return (
              <g key={`${name} ${points[0]?.at}`}>
                <path className={`chart-range-${index + 1}`} d={range(held) ?? ''} />
                <path
                  className={`chart-series-${index + 1}`}
                  d={pathOf(
                    points.map(({ at, value }) => ({ at: middle(at), value })),
                    x,
                    axis.y,
                  )}
                />
              </g>
            );
          }),
        )}
      </Stretched>
      <ValueLabels axis={axis} format={format.tick} />
      <TickLabels ticks={ticks} x={x} y={PLOT_PX} />
    </ChartFigure>
  );
}
