import { AXIS_PX, type Tick, TickLabels } from './axes.tsx';
import { ChartFigure, type ChartSetting } from './chart-figure.tsx';
import { PLOT_WIDTH, xScale } from './plot.ts';
import { type DrawnSlot, type DrawnState, SlotCells, SlotLegend } from './slot-shape.tsx';

export interface MapSlot extends DrawnSlot {
  /** Arrival minus slot; `null` until it arrives. */
  readonly lateMs: number | null;
}

export interface MapRow {
  readonly id: string;
  readonly name: string;
  /** Ascending. */
  readonly slots: readonly MapSlot[];
}

export interface SlotMapProps extends ChartSetting {
  readonly from: number;
  readonly to: number;
  readonly everyMs: number;
  readonly rows: readonly MapRow[];
  readonly ticks: readonly Tick[];
  readonly words: Readonly<Record<DrawnState, string>>;
  readonly column: string;
  readonly format: {
    readonly time: (at: number) => string;
    readonly late: (lateMs: number) => string;
  };
  /** Enter or a click on a cell. */
  readonly onOpen?: ((placeId: string, slotAt: number) => void) | undefined;
}

/** Height of a row of the map; the names beside it keep to it (`.chart-row-names` in chart.css). */
const ROW_PX = 24;
const CELL_PX = 18;

/** Lateness of every place over time: whose data came when. One row, and it is a place's own strip. */
export function SlotMap(props: SlotMapProps) {
  const { from, to, everyMs, rows, ticks, words, format, texts } = props;
  const columns = Math.max(1, Math.round((to - from) / everyMs));
  const x = xScale(from, to);
  const columnOf = (slotAt: number) => Math.round((slotAt - from) / everyMs);
  const instants = Array.from({ length: columns }, (_, column) => from + column * everyMs);
  const wordOf = ({ state, lateMs }: MapSlot) =>
    state === 'late' && lateMs !== null ? `${words.late} ${format.late(lateMs)}` : words[state];
  const bySlot = rows.map(({ slots }) => new Map(slots.map((slot) => [columnOf(slot.slotAt), slot])));
  const cellText = (row: number, column: number) => {
    const slot = bySlot[row]?.get(column);
    return slot ? wordOf(slot) : texts.none;
  };
  const stops = rows.flatMap(({ name }, row) =>
    instants.map((at, column) => ({
      x: (column / columns) * PLOT_WIDTH,
      width: PLOT_WIDTH / columns,
      y: row * ROW_PX,
      height: CELL_PX + 2,
      text: `${name} · ${format.time(at)} · ${cellText(row, column)}`,
    })),
  );
  const { onOpen } = props;
  const heightPx = rows.length * ROW_PX;
  return (
    <ChartFigure
      {...props}
      heightPx={heightPx + AXIS_PX}
      table={{
        columns: [props.column, ...rows.map(({ name }) => name)],
        rows: instants.map((at, column) => [format.time(at), ...rows.map((_, row) => cellText(row, column))]),
      }}
      stops={stops}
      perRow={columns}
      start={columns - 1}
      rowNames={rows.map(({ name }) => name)}
      legend={<SlotLegend words={words} />}
      onOpen={
        onOpen &&
        ((index) => {
          const row = rows[Math.floor(index / columns)];
          const at = instants[index % columns];
          if (row && at !== undefined) onOpen(row.id, at);
        })
      }
    >
      <svg
        width="100%"
        height={heightPx}
        viewBox={`0 0 ${columns} ${heightPx}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {rows.map(({ id, slots }, row) => (
          <SlotCells
            key={id}
            slots={slots.filter(({ slotAt }) => slotAt >= from && slotAt < to)}
            columnOf={columnOf}
            top={row * ROW_PX + 1}
            heightPx={CELL_PX}
          />
        ))}
        {columns <= 200 &&
          instants.map((at, column) => (
            <line key={at} className="chart-cell-edge" x1={column} x2={column} y1="0" y2={heightPx} />
          ))}
      </svg>
      <TickLabels ticks={ticks} x={x} y={heightPx} />
    </ChartFigure>
  );
}
