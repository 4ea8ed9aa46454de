import { HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import { type EngineState, GRID_CELLS, HEAD, NO_READING } from './engine-state.ts';
import { PAST_HOURS } from './features.ts';
import { cellOf, type Origin, placeOf } from './reading-grid.ts';

/** Readings this far apart at most have a straight line between them; a longer gap stays a gap. */
const LONGEST_STEP_MS = 3 * HOUR_MS;
/** A reading this near to an hour stands for it. */
const NEAR_MS = 5 * MINUTE_MS;
/** Cells on either side in which a reading within the longest step may lie. */
const STEP_CELLS = 3;

const past = new Float64Array(PAST_HOURS);

/**
 * The temperature at each whole hour before an origin: `past[k]` is k hours before it, NaN where no reading is near.
 * Readings at odd times are drawn across to the hours of the origin. Overwritten by the next call.
 */
export function hourlyPast(state: EngineState, origin: Origin): Float64Array {
  const { head, cellC, cellOffsetMs } = state;
  const originCell = cellOf(origin.validAt);
  const originOffsetMs = origin.validAt - originCell * HOUR_MS;
  const oldestCell = cellOf(head[HEAD.newestAt] ?? origin.validAt) - GRID_CELLS + 1;
  // Before the first reading's cell and the one beside it nothing can be drawn.
  const barrenBefore = Math.max(oldestCell, cellOf(head[HEAD.firstAt] ?? oldestCell) - 1);
  past[0] = origin.temperatureC;
  // How long after the whole hour before the origin a cell's reading is; NaN where it has none.
  const lateness = (place: number, cell: number): number => {
    const offsetMs = cellOffsetMs[place] ?? NO_READING;
    return offsetMs === NO_READING || cell < oldestCell ? Number.NaN : offsetMs - originOffsetMs;
  };
  let [afterMs, afterC] = [Number.NaN, 0];
  let placeBefore = placeOf(originCell - 1);
  let lateMs = lateness(placeBefore, originCell - 1);
  for (let hour = 1; hour < PAST_HOURS; hour++) {
    const place = placeBefore;
    placeBefore = place === 0 ? GRID_CELLS - 1 : place - 1;
    const cell = originCell - hour;
    const beforeMs = lateness(placeBefore, cell - 1) - HOUR_MS;
    const value = cellC[place] ?? 0;
    if (cell < barrenBefore) past[hour] = Number.NaN;
    else if (Math.abs(lateMs) <= NEAR_MS) past[hour] = value;
    else if (lateMs < 0 && afterMs > NEAR_MS && hour > 1)
      past[hour] = value - ((afterC - value) * lateMs) / (afterMs - lateMs);
    else if (lateMs > 0 && beforeMs < -NEAR_MS) {
      const before = cellC[placeBefore] ?? 0;
      past[hour] = before - ((value - before) * beforeMs) / (lateMs - beforeMs);
    } else past[hour] = drawnAcross(state, origin, cell, oldestCell, origin.validAt - hour * HOUR_MS);
    [afterMs, afterC] = [lateMs + HOUR_MS, value];
    lateMs = beforeMs + HOUR_MS;
  }
  return past;
}

/** On the straight line between the readings around an instant, the origin being the last of them. */
function drawnAcross(state: EngineState, origin: Origin, cell: number, oldestCell: number, at: Instant): number {
  const { cellC, cellOffsetMs } = state;
  let [beforeAt, beforeC, afterAt, afterC] = [Number.NEGATIVE_INFINITY, 0, origin.validAt, origin.temperatureC];
  for (let step = 0; step <= STEP_CELLS && beforeAt === Number.NEGATIVE_INFINITY; step++) {
    const place = placeOf(cell - step);
    const offsetMs = cellOffsetMs[place] ?? NO_READING;
    const readAt = (cell - step) * HOUR_MS + offsetMs;
    if (offsetMs !== NO_READING && readAt <= at && cell - step >= oldestCell)
      [beforeAt, beforeC] = [readAt, cellC[place] ?? 0];
  }
  for (let step = 0; step <= STEP_CELLS; step++) {
    const place = placeOf(cell + step);
    const offsetMs = cellOffsetMs[place] ?? NO_READING;
    const readAt = (cell + step) * HOUR_MS + offsetMs;
    if (readAt >= origin.validAt) break;
    if (offsetMs === NO_READING || readAt < at) continue;
    [afterAt, afterC] = [readAt, cellC[place] ?? 0];
    break;
  }
  if (afterAt - at <= NEAR_MS && afterAt - at <= at - beforeAt) return afterC;
  if (at - beforeAt <= NEAR_MS) return beforeC;
  return afterAt - beforeAt <= LONGEST_STEP_MS
    ? beforeC + ((afterC - beforeC) * (at - beforeAt)) / (afterAt - beforeAt)
    : Number.NaN;
}
