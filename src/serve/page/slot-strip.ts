import { DAY_MS, type Instant } from '../../core/time.ts';
import type { Slot, SlotState } from '../../ledger/ledger.ts';
import type { Format } from './format.ts';
import { type Html, html } from './html.ts';
import type { PageModel, PlaceView } from './model.ts';
import type { Words } from './words.ts';

/**
 * How each state is drawn in a cell 10 high: not only another colour but another shape, so that the strip can be read
 * without colours.
 */
const SHAPES: Readonly<Record<SlotState, readonly (readonly [top: number, height: number])[]>> = {
  arrived: [[0, 10]],
  late: [[4, 6]],
  backfilled: [[7, 3]],
  stale: [
    [0, 3],
    [7, 3],
  ],
  missing: [[4, 2]],
  quarantined: [[0, 4]],
  pending: [[9, 1]],
};

/** The states in the order of the legend. */
const LEGEND: readonly SlotState[] = ['arrived', 'late', 'backfilled', 'stale', 'missing', 'quarantined', 'pending'];

export function legend(words: Words): Html {
  // One thin line per slot, laid over every strip: the cells show, and runs still need only one rectangle each.
  return html`<svg class="sprite" width="0" height="0" aria-hidden="true"><pattern id="lines" width="1" height="10" patternUnits="userSpaceOnUse"><path d="M0 0h.12v10h-.12z"/></pattern></svg><ul class="legend">${LEGEND.map(
    (state) =>
      html`<li><svg class="key" viewBox="0 0 10 10" aria-hidden="true">${cells(state, 0, 10)}</svg>${words.slotState[state]}</li>`,
  )}</ul>`;
}

const cells = (state: SlotState, x: number, width: number): readonly Html[] =>
  SHAPES[state].map(
    ([top, height]) => html`<rect class="s-${state}" x="${x}" y="${top}" width="${width}" height="${height}"/>`,
  );

export interface StripSetting {
  readonly model: PageModel;
  readonly words: Words;
  readonly format: Format;
}

/** One place's day: one column per slot, runs of one state drawn as one. */
export function slotStrip(view: PlaceView, name: string, { model, words, format }: StripSetting): Html {
  const columns = Math.max(1, Math.round(DAY_MS / model.everyMs));
  const firstAt = Math.floor(model.now / model.everyMs) * model.everyMs - (columns - 1) * model.everyMs;
  const runs = runsOf(view.slots, (at) => Math.round((at - firstAt) / model.everyMs), columns);
  return html`<svg class="strip" viewBox="0 0 ${columns} 10" preserveAspectRatio="none" role="img" aria-label="${stripText(view, name, words, format)}">${runs.map(
    ({ state, column, width }) => cells(state, column, width),
  )}${columns <= 200 ? html`<rect class="lines" width="${columns}" height="10"/>` : null}</svg>`;
}

/** `Kolda: 94 à l’heure, 2 manquant`: what the strip shows, in words. */
export function stripText(view: PlaceView, name: string, words: Words, format: Format): string {
  const counts = new Map<SlotState, number>();
  for (const { state } of view.slots) counts.set(state, (counts.get(state) ?? 0) + 1);
  const parts = LEGEND.flatMap((state) => {
    const count = counts.get(state) ?? 0;
    return count === 0 ? [] : [`${format.count(count)} ${words.slotState[state]}`];
  });
  return `${name}: ${parts.join(', ') || words.slotsNone}`;
}

interface Run {
  readonly state: SlotState;
  readonly column: number;
  width: number;
}

function runsOf(slots: readonly Slot[], columnOf: (slotAt: Instant) => number, columns: number): readonly Run[] {
  const runs: Run[] = [];
  for (const { slotAt, state } of slots) {
    const column = columnOf(slotAt);
    if (column < 0 || column >= columns) continue;
    const last = runs.at(-1);
    if (last && last.state === state && last.column + last.width === column) last.width++;
    else if (!last || column >= last.column + last.width) runs.push({ state, column, width: 1 });
  }
  return runs;
}
