import { AXIS_PX, LineLegend, type Tick, TickLabels, ValueLabels, ValueLines } from './axes.tsx';
import { ChartFigure, type ChartSetting, Stretched, stopsOf } from './chart-figure.tsx';
import { pathOf } from './fan-chart.tsx';
import { stretches, valueAxis, xScale } from './plot.ts';

export interface LeadSeries {
  readonly name: string;
  /** In parallel with `leads`; `null`: nothing was scored. */
  readonly values: readonly (number | null)[];
}

export interface LeadChartProps extends ChartSetting {
  /** Hours ahead, ascending. */
  readonly leads: readonly number[];
  /** The forecaster first, then what it is held against; up to three. */
  readonly series: readonly LeadSeries[];
  readonly ticks: readonly Tick[];
  readonly column: string;
  readonly format: {
    readonly lead: (hours: number) => string;
    readonly value: (value: number) => string;
    readonly tick: (value: number) => string;
  };
}

const PLOT_PX = 220;

/** How large the error is the further ahead one looks, beside the errors of those who know nothing better. */
export function LeadChart(props: LeadChartProps) {
  const { leads, series, ticks, format, texts } = props;
  const x = xScale(leads[0] ?? 0, leads.at(-1) ?? 1);
  const all = series.flatMap(({ values }) => values.flatMap((value) => value ?? []));
  const axis = valueAxis(all, {
    top: 20,
    bottom: PLOT_PX - 4,
    leastSpan: 1,
    ...(all.some((value) => value < 0) ? {} : { from: 0 }),
  });
  const table = {
    columns: [props.column, ...series.map(({ name }) => name)],
    rows: leads.map((lead, index) => [
      format.lead(lead),
      ...series.map(({ values }) => {
        const value = values[index] ?? null;
        return value === null ? texts.none : format.value(value);
      }),
    ]),
  };
  const stops = stopsOf(
    table,
    leads.map((lead, index) => {
      const value = series[0]?.values[index] ?? null;
      return { x: x(lead), ...(value === null ? {} : { y: axis.y(value) }) };
    }),
  );
  return (
    <ChartFigure
      {...props}
      heightPx={PLOT_PX + AXIS_PX}
      table={table}
      stops={all.length === 0 ? [] : stops}
      legend={
        <LineLegend items={series.map(({ name }, index) => ({ mark: `chart-series-${index + 1}`, word: name }))} />
      }
    >
      <ValueLines axis={axis} />
      <Stretched heightPx={PLOT_PX}>
        {series.map(({ name, values }, index) =>
          stretches(leads.map((at, lead) => ({ at, value: values[lead] ?? null }))).map((points) => (
            <path
              key={`${name} ${points[0]?.at}`}
              className={`chart-series-${index + 1}`}
              d={pathOf(points, x, axis.y)}
            />
          )),
        )}
      </Stretched>
      <ValueLabels axis={axis} format={format.tick} />
      <TickLabels ticks={ticks} x={x} y={PLOT_PX} />
    </ChartFigure>
  );
}
