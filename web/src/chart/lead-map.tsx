import { AXIS_PX, TickLabels } from './axes.tsx';
import { ChartFigure, type ChartSetting, Stretched } from './chart-figure.tsx';
import { PLOT_WIDTH, round, xScale } from './plot.ts';

export interface LeadCell {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

export interface LeadMapProps extends ChartSetting {
  /** Stretches of hours ahead. */
  readonly rowNames: readonly string[];
  /** Hours of the day. */
  readonly columnNames: readonly string[];
  /** Cells without a value are absent, and stay empty. */
  readonly cells: readonly LeadCell[];
  /** The column of the table that names the rows. */
  readonly corner: string;
  readonly format: (value: number) => string;
}

/** Steps of the colour, as chart.css has them. */
const STEPS = ['heat-1', 'heat-2', 'heat-3', 'heat-4', 'heat-5', 'heat-6', 'heat-7'] as const;
const ROW_PX = 24;

/** Error by hour of the day and by lead: where the forecast is weak. The darker, the larger. */
export function LeadMap(props: LeadMapProps) {
  const { rowNames, columnNames, cells, format, texts } = props;
  const columns = columnNames.length;
  const heightPx = rowNames.length * ROW_PX;
  const most = cells.reduce((largest, { value }) => Math.max(largest, value), 0);
  const least = cells.reduce((smallest, { value }) => Math.min(smallest, value), most);
  const stepOf = (value: number) =>
    STEPS[most === least ? 0 : Math.min(6, Math.floor(((value - least) / (most - least)) * STEPS.length))];
  const byPlace = new Map(cells.map((cell) => [cell.row * columns + cell.column, cell.value]));
  const textAt = (row: number, column: number) => {
    const value = byPlace.get(row * columns + column);
    return value === undefined ? texts.none : format(value);
  };
  const width = PLOT_WIDTH / Math.max(1, columns);
  const stops = rowNames.flatMap((name, row) =>
    columnNames.map((column, index) => ({
      x: index * width,
      width,
      y: row * ROW_PX,
      height: ROW_PX,
      text: `${name} · ${column} · ${textAt(row, index)}`,
    })),
  );
  const x = xScale(0, columns);
  return (
    <ChartFigure
      {...props}
      heightPx={heightPx + AXIS_PX}
      perRow={columns}
      stops={cells.length === 0 ? [] : stops}
      table={{
        columns: [props.corner, ...columnNames],
        rows: rowNames.map((name, row) => [name, ...columnNames.map((_, column) => textAt(row, column))]),
      }}
      legend={cells.length > 0 && <HeatScale least={format(least)} most={format(most)} />}
    >
      <Stretched heightPx={heightPx}>
        {cells.map(({ row, column, value }) => (
          <rect
            key={`${row} ${column}`}
            className={stepOf(value)}
            x={round(column * width + 1, 2)}
            width={round(width - 2, 2)}
            y={row * ROW_PX + 1}
            height={ROW_PX - 2}
          />
        ))}
      </Stretched>
      <TickLabels
        ticks={columnNames.map((label, column) => ({ at: column + 0.5, label, minor: column % 2 === 1 }))}
        x={x}
        y={heightPx}
      />
    </ChartFigure>
  );
}

function HeatScale({ least, most }: { readonly least: string; readonly most: string }) {
  return (
    <p className="heat-scale">
      {least}
      <svg width="112" height="12" aria-hidden="true">
        {STEPS.map((step, index) => (
          <rect key={step} className={step} x={index * 16} width="16" height="12" />
        ))}
      </svg>
      {most}
    </p>
  );
}
