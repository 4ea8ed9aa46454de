import { AXIS_PX, Legend, type Tick, TickLabels, ValueLabels, ValueLines } from './axes.tsx';
import { ChartFigure, type ChartSetting, Stretched, stopsOf } from './chart-figure.tsx';
import { PLOT_WIDTH, round, valueAxis, xScale } from './plot.ts';

export interface BarPart {
  /** Class of the colour (`s-arrived`, `level-error`) and key of the legend. */
  readonly mark: string;
  readonly word: string;
}

export interface Bar {
  readonly from: number;
  readonly to: number;
  /** How much of each part, in the order of `parts`, stacked from below; `null`: nothing is known of this stretch. */
  readonly values: readonly number[] | null;
}

export interface BarChartProps extends ChartSetting {
  readonly parts: readonly BarPart[];
  readonly bars: readonly Bar[];
  /** What each bar should reach, as a line with its word. */
  readonly target?: { readonly value: number; readonly word: string };
  readonly ticks: readonly Tick[];
  readonly column: string;
  readonly heightPx?: number;
  /** Index of the bar that Enter or a click opens. */
  readonly onOpen?: (index: number) => void;
  readonly format: {
    readonly stretch: (from: number, to: number) => string;
    readonly value: (value: number) => string;
  };
}

/** Stacked bars over time or over value: arrivals of expected, events by level, a histogram of errors. */
export function BarChart(props: BarChartProps) {
  const { parts, bars, target, ticks, format, texts } = props;
  const plotPx = props.heightPx ?? 160;
  const x = xScale(bars[0]?.from ?? 0, bars.at(-1)?.to ?? 1);
  const sums = bars.map(({ values }) => values?.reduce((sum, value) => sum + value, 0) ?? 0);
  const axis = valueAxis([...sums, target?.value ?? 0], { top: 20, bottom: plotPx, leastSpan: 0, from: 0 });
  const table = {
    columns: [props.column, ...parts.map(({ word }) => word)],
    rows: bars.map(({ from, to, values }) => [
      format.stretch(from, to),
      ...parts.map((_, part) => (values === null ? texts.none : format.value(values[part] ?? 0))),
    ]),
  };
  const stops = stopsOf(
    table,
    bars.map(({ from, to }) => ({ x: x(from), y: 0, width: x(to) - x(from), height: plotPx })),
  );
  return (
    <ChartFigure
      {...props}
      heightPx={plotPx + AXIS_PX}
      table={table}
      stops={stops}
      start={Math.max(0, stops.length - 1)}
      legend={parts.length > 1 && <Legend items={parts} />}
    >
      <ValueLines axis={axis} />
      <Stretched heightPx={plotPx}>
        {bars.map((bar) => (
          <BarShape key={bar.from} bar={bar} parts={parts} x={x} y={axis.y} />
        ))}
      </Stretched>
      {target && (
        <g className="chart-target">
          <line x1="0" x2="100%" y1={axis.y(target.value)} y2={axis.y(target.value)} />
          <text x="100%" y={axis.y(target.value) - 4} textAnchor="end">
            {target.word}
          </text>
        </g>
      )}
      <ValueLabels axis={axis} format={format.value} />
      <TickLabels ticks={ticks} x={x} y={plotPx} />
    </ChartFigure>
  );
}

interface BarShapeProps {
  readonly bar: Bar;
  readonly parts: readonly BarPart[];
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function BarShape({ bar, parts, x, y }: BarShapeProps) {
  const left = x(bar.from);
  const full = x(bar.to) - left;
  const gap = Math.min(full * 0.18, PLOT_WIDTH * 0.004);
  let below = 0;
  return bar.values?.map((value, index) => {
    const bottom = y(below);
    below += value;
    const top = y(below);
    return value > 0 ? (
      <rect
        key={parts[index]?.mark}
        className={parts[index]?.mark}
        x={round(left + gap / 2, 2)}
        width={round(full - gap, 2)}
        y={top}
        height={round(bottom - top)}
      />
    ) : null;
  });
}
