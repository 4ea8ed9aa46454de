import { AXIS_PX, TickLabels, ValueLabels, ValueLines } from './axes.tsx';
import { ChartFigure, type ChartSetting, Stretched, stopsOf } from './chart-figure.tsx';
import { pathOf } from './fan-chart.tsx';
import { PLOT_WIDTH, type Scale, share, xScale } from './plot.ts';

export interface ReliabilityPoint {
  /** What was promised: a share of 1. */
  readonly promised: number;
  /** What came true. */
  readonly observed: number;
}

export interface ReliabilityChartProps extends ChartSetting {
  readonly points: readonly ReliabilityPoint[];
  readonly columns: { readonly promised: string; readonly observed: string };
  readonly perfectWord: string;
  readonly format: (share: number) => string;
}

const PLOT_PX = 240;
const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

/** Promised against come true: on the diagonal the forecast keeps its word. */
export function ReliabilityChart(props: ReliabilityChartProps) {
  const { points, columns, format } = props;
  const x = xScale(0, 1);
  const y: Scale = (value) => Math.round((PLOT_PX - 2 - value * (PLOT_PX - 22)) * 10) / 10;
  const table = {
    columns: [columns.promised, columns.observed],
    rows: points.map(({ promised, observed }) => [format(promised), format(observed)]),
  };
  const stops = stopsOf(
    table,
    points.map(({ promised, observed }) => ({ x: x(promised), y: y(observed) })),
  );
  return (
    <ChartFigure {...props} heightPx={PLOT_PX + AXIS_PX} table={table} stops={stops}>
      <ValueLines axis={{ y, ticks: QUARTERS }} />
      <Stretched heightPx={PLOT_PX}>
        <path className="chart-perfect" d={`M0 ${y(0)}L${PLOT_WIDTH} ${y(1)}`} />
        <path
          className="chart-series-1"
          d={pathOf(
            points.map(({ promised, observed }) => ({ at: promised, value: observed })),
            x,
            y,
          )}
        />
      </Stretched>
      <text className="chart-tick" x="78%" y={y(0.86)} textAnchor="end">
        {props.perfectWord}
      </text>
      {points.map(({ promised, observed }) => (
        <circle key={promised} className="chart-point" cx={share(x(promised))} cy={y(observed)} r="4" />
      ))}
      <ValueLabels axis={{ y, ticks: QUARTERS }} format={format} />
      <TickLabels ticks={QUARTERS.map((at) => ({ at, label: format(at) }))} x={x} y={PLOT_PX} />
    </ChartFigure>
  );
}
