/** The states of a slot as they are drawn; the order is that of the legend. */
export const DRAWN_STATES = ['arrived', 'late', 'backfilled', 'stale', 'missing', 'quarantined', 'pending'] as const;
export type DrawnState = (typeof DRAWN_STATES)[number];

/** One slot of a place. */
export interface DrawnSlot {
  readonly slotAt: number;
  readonly state: DrawnState;
}

/** Another shape for every state, not only another colour: parts of the height, from the top. */
const SHAPES: Readonly<Record<DrawnState, readonly (readonly [top: number, height: number])[]>> = {
  arrived: [[0, 1]],
  late: [[0.4, 0.6]],
  backfilled: [[0.7, 0.3]],
  stale: [
    [0, 0.3],
    [0.7, 0.3],
  ],
  missing: [[0.35, 0.3]],
  quarantined: [[0, 0.4]],
  pending: [[0.9, 0.1]],
};

interface SlotCellsProps {
  readonly slots: readonly DrawnSlot[];
  readonly columnOf: (slotAt: number) => number;
  readonly top: number;
  readonly heightPx: number;
}

/** The slots of one place: runs of one state as one shape, columns of width 1; a slot that is not there is left out. */
export function SlotCells({ slots, columnOf, top, heightPx }: SlotCellsProps) {
  return runsOf(slots, columnOf).map(({ state, column, width }) =>
    SHAPES[state].map(([from, height]) => (
      <rect
        key={`${column} ${from}`}
        className={`s-${state}`}
        x={column}
        width={width}
        y={Math.round((top + from * heightPx) * 10) / 10}
        height={Math.round(height * heightPx * 10) / 10}
      />
    )),
  );
}

interface Run {
  readonly state: DrawnState;
  readonly column: number;
  width: number;
}

function runsOf(slots: readonly DrawnSlot[], columnOf: (slotAt: number) => number): readonly Run[] {
  const runs: Run[] = [];
  for (const { slotAt, state } of slots) {
    const column = columnOf(slotAt);
    const last = runs.at(-1);
    if (last?.state === state && last.column + last.width === column) last.width++;
    else runs.push({ state, column, width: 1 });
  }
  return runs;
}

/** What each shape means. */
export function SlotLegend({ words }: { readonly words: Readonly<Record<DrawnState, string>> }) {
  return (
    <ul className="chart-legend">
      {DRAWN_STATES.map((state) => (
        <li key={state}>
          <svg
            className="slot-key"
            viewBox="0 0 1 12"
            width="12"
            height="12"
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <SlotCells slots={[{ slotAt: 0, state }]} columnOf={() => 0} top={0} heightPx={12} />
          </svg>
          {words[state]}
        </li>
      ))}
    </ul>
  );
}
