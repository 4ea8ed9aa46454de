import { PLOT_WIDTH, type Scale, share, type ValueAxis } from './plot.ts';

/** A labelled place along the width. `minor` labels give way where the page is narrow. */
export interface Tick {
  readonly at: number;
  readonly label: string;
  readonly minor?: boolean;
}

/** Height that the labels below a plot take. */
export const AXIS_PX = 22;

/** Horizontal lines at round values; their labels come after the drawing, so that nothing covers them. */
export function ValueLines({ axis }: { readonly axis: ValueAxis }) {
  return axis.ticks.map((tick) => (
    <line key={tick} className="chart-value-line" x1="0" x2="100%" y1={axis.y(tick)} y2={axis.y(tick)} />
  ));
}

interface ValueLabelsProps {
  readonly axis: ValueAxis;
  readonly format: (value: number) => string;
}

/** The values of the lines, written on them at the left edge. */
export function ValueLabels({ axis, format }: ValueLabelsProps) {
  return axis.ticks.map((tick) => (
    <text key={tick} className="chart-value" x="2" y={axis.y(tick) - 4}>
      {format(tick)}
    </text>
  ));
}

/** The labels below; the outermost keep inside. */
export function TickLabels({
  ticks,
  x,
  y,
}: {
  readonly ticks: readonly Tick[];
  readonly x: Scale;
  readonly y: number;
}) {
  return ticks.map(({ at, label, minor }) => {
    const place = x(at);
    const anchor = place < PLOT_WIDTH * 0.04 ? 'start' : place > PLOT_WIDTH * 0.96 ? 'end' : 'middle';
    return (
      <text
        key={at}
        className={minor ? 'chart-tick minor' : 'chart-tick'}
        x={share(place)}
        y={y + 16}
        textAnchor={anchor}
      >
        {label}
      </text>
    );
  });
}

/** What colours and shapes mean, as a list; `mark` is the class that the drawing uses. */
export function Legend({ items }: { readonly items: readonly { readonly mark: string; readonly word: string }[] }) {
  return (
    <ul className="chart-legend">
      {items.map(({ mark, word }) => (
        <li key={mark}>
          <svg width="18" height="12" aria-hidden="true">
            <rect className={mark} width="18" height="12" rx="2" />
          </svg>
          {word}
        </li>
      ))}
    </ul>
  );
}

/** The same for lines. */
export function LineLegend({ items }: { readonly items: readonly { readonly mark: string; readonly word: string }[] }) {
  return (
    <ul className="chart-legend">
      {items.map(({ mark, word }) => (
        <li key={mark}>
          <svg width="22" height="12" aria-hidden="true">
            <line className={mark} x1="1" x2="21" y1="6" y2="6" />
          </svg>
          {word}
        </li>
      ))}
    </ul>
  );
}
