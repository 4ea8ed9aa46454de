import { Stretched } from './chart-figure.tsx';
import { pathOf } from './fan-chart.tsx';
import { type PlotPoint, stretches, valueAxis, xScale } from './plot.ts';

export interface SparklineProps {
  readonly from: number;
  readonly to: number;
  readonly points: readonly PlotPoint[];
  readonly mostApart: number;
  readonly leastSpan: number;
}

const HEIGHT_PX = 36;

/** A day of one quantity, small: the text beside it says what it shows, so it is hidden from who does not see it. */
export function Sparkline({ from, to, points, mostApart, leastSpan }: SparklineProps) {
  const shown = points.filter(({ at }) => at >= from && at <= to);
  const x = xScale(from, to);
  const { y } = valueAxis(
    shown.flatMap(({ value }) => value ?? []),
    { top: 3, bottom: HEIGHT_PX - 3, leastSpan },
  );
  return (
    <span className="sparkline">
      <Stretched heightPx={HEIGHT_PX}>
        {stretches(shown, mostApart).map((stretch) => (
          <path key={stretch[0]?.at} className="chart-observed" d={pathOf(stretch, x, y)} />
        ))}
      </Stretched>
    </span>
  );
}
