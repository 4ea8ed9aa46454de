import { area, line } from 'd3-shape';
import { AXIS_PX, type Tick, TickLabels, ValueLabels, ValueLines } from './axes.tsx';
import { ChartFigure, type ChartSetting, Stretched, stopsOf } from './chart-figure.tsx';
import { type PlotPoint, round, type Scale, share, stretches, valueAxis, xScale } from './plot.ts';

/** Holds the value `level` times in 100. */
export interface Band {
  readonly level: 50 | 80 | 90;
  readonly low: number;
  readonly high: number;
}

export interface ForecastPoint {
  readonly at: number;
  readonly mean: number;
  /** Empty where no band is kept: none is drawn. */
  readonly bands: readonly Band[];
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface FanChartProps extends ChartSetting, Stretch {
  /** Where what was measured ends and what is expected begins. */
  readonly now: number;
  readonly nowWord: string;
  /** Ascending; `null` was not measured. */
  readonly observed: readonly PlotPoint[];
  /** Ascending, after `now`. */
  readonly forecast: readonly ForecastPoint[];
  /** While the sun is down. */
  readonly nights: readonly Stretch[];
  readonly ticks: readonly Tick[];
  /** Two readings further apart than this have a gap between them. */
  readonly mostApart: number;
  /** A calm day spans at least this much. */
  readonly leastSpan: number;
  readonly columns: { readonly time: string; readonly observed: string; readonly forecast: string };
  readonly bandWord: (level: Band['level']) => string;
  readonly format: {
    readonly time: (at: number) => string;
    readonly value: (value: number) => string;
    readonly band: (low: number, high: number) => string;
    readonly tick: (value: number) => string;
  };
}

const PLOT_PX = 240;
const HEIGHT_PX = PLOT_PX + AXIS_PX;
/** Room above for the word at the rule. */
const TOP_PX = 22;

/** What was measured, the rule at now, and what is expected with its bands: one drawing that keeps the three apart. */
export function FanChart(props: FanChartProps) {
  const { from, to, now, forecast, nights, ticks, format } = props;
  const observed = props.observed.filter(({ at }) => at >= from && at <= to);
  const x = xScale(from, to);
  const values = [
    ...observed.flatMap(({ value }) => (value === null ? [] : [value])),
    ...forecast.flatMap(({ mean, bands }) => [mean, ...bands.flatMap(({ low, high }) => [low, high])]),
  ];
  const axis = valueAxis(values, { top: TOP_PX, bottom: PLOT_PX - 6, leastSpan: props.leastSpan });
  const levels = levelsOf(forecast);
  const table = fanTable(props, observed, levels);
  const places = [
    ...observed.map(({ at, value }) => ({ x: x(at), ...(value === null ? {} : { y: axis.y(value) }) })),
    ...forecast.map(({ at, mean }) => ({ x: x(at), y: axis.y(mean) })),
  ];
  return (
    <ChartFigure
      {...props}
      heightPx={HEIGHT_PX}
      table={table}
      stops={values.length === 0 ? [] : stopsOf(table, places)}
      start={forecast.length > 0 ? observed.length : 0}
    >
      <Stretched heightPx={PLOT_PX}>
        {nights.map((night) => (
          <rect
            key={night.from}
            className="chart-night"
            x={round(Math.max(0, x(night.from)))}
            width={round(Math.max(0, x(Math.min(night.to, to)) - Math.max(0, x(night.from))))}
            height={PLOT_PX}
          />
        ))}
      </Stretched>
      <ValueLines axis={axis} />
      <Stretched heightPx={PLOT_PX}>
        {[...levels].reverse().map((level) => (
          <BandShape key={level} level={level} forecast={forecast} x={x} y={axis.y} />
        ))}
        <path
          className="chart-median"
          d={pathOf(
            forecast.map(({ at, mean }) => ({ at, value: mean })),
            x,
            axis.y,
          )}
        />
        {stretches(observed, props.mostApart).map((points) => (
          <path key={points[0]?.at} className="chart-observed" d={pathOf(points, x, axis.y)} />
        ))}
      </Stretched>
      {observed.map(({ at, value }) =>
        value === null ? null : <circle key={at} className="chart-dot" cx={share(x(at))} cy={axis.y(value)} r="2" />,
      )}
      {now > from && now < to && (
        <g className="chart-now">
          <line x1={share(x(now))} x2={share(x(now))} y1="14" y2={PLOT_PX} />
          <text x={share(x(now))} y="11" textAnchor="middle">
            {props.nowWord}
          </text>
        </g>
      )}
      <ValueLabels axis={axis} format={format.tick} />
      <TickLabels ticks={ticks} x={x} y={PLOT_PX} />
    </ChartFigure>
  );
}

/** Levels of the bands that are there, narrowest first. */
const levelsOf = (forecast: readonly ForecastPoint[]): readonly Band['level'][] =>
  [...new Set(forecast.flatMap(({ bands }) => bands.map(({ level }) => level)))].sort((a, b) => a - b);

function fanTable(
  { forecast, columns, bandWord, format, texts }: FanChartProps,
  observed: readonly PlotPoint[],
  levels: readonly Band['level'][],
) {
  const none = levels.map(() => texts.none);
  return {
    columns: [columns.time, columns.observed, columns.forecast, ...levels.map(bandWord)],
    rows: [
      ...observed.map(({ at, value }) => [
        format.time(at),
        value === null ? texts.none : format.value(value),
        texts.none,
        ...none,
      ]),
      ...forecast.map(({ at, mean, bands }) => [
        format.time(at),
        texts.none,
        format.value(mean),
        ...levels.map((level) => {
          const band = bands.find((one) => one.level === level);
          return band ? format.band(band.low, band.high) : texts.none;
        }),
      ]),
    ],
  };
}

interface BandShapeProps {
  readonly level: Band['level'];
  readonly forecast: readonly ForecastPoint[];
  readonly x: Scale;
  readonly y: Scale;
}

function BandShape({ level, forecast, x, y }: BandShapeProps) {
  const points = forecast.map(({ at, bands }) => ({ at, band: bands.find((one) => one.level === level) }));
  const shape = area<(typeof points)[number]>()
    .defined(({ band }) => band !== undefined)
    .x(({ at }) => round(x(at)))
    .y0(({ band }) => y(band?.low ?? 0))
    .y1(({ band }) => y(band?.high ?? 0));
  return <path className={`chart-band-${level}`} d={shape(points) ?? ''} />;
}

/** A lone point is a stroke of no length: its round cap makes a dot. */
export const pathOf = (points: readonly PlotPoint[], x: Scale, y: Scale): string =>
  line<PlotPoint>()
    .x(({ at }) => round(x(at)))
    .y(({ value }) => y(value ?? 0))(points) ?? '';
