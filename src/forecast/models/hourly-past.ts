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
  let place = placeOf(originCell);
  for (let hour = 1; hour < PAST_HOURS; hour++) {
    const placeAfter = place;
    place = place === 0 ? GRID_CELLS - 1 : place - 1;
    const cell = originCell - hour;
    // How long after the whole hour before the origin the cell's reading is; far before it where there is none.
    const lateMs = (cellOffsetMs[place] ?? NO_READING) - originOffsetMs;
    if (cell < barrenBefore) past[hour] = Number.NaN;
    else if (Math.abs(lateMs) <= NEAR_MS && cell >= oldestCell) past[hour] = cellC[place] ?? 0;
    else {
      // Most often the readings of two neighbouring cells lie around it; where they do not, others are looked for.
      const isBefore = lateMs < 0;
      const other = isBefore ? placeAfter : place === 0 ? GRID_CELLS - 1 : place - 1;
      const otherMs = (cellOffsetMs[other] ?? NO_READING) - originOffsetMs + (isBefore ? HOUR_MS : -HOUR_MS);
      const isAround = lateMs > -HOUR_MS && Math.abs(otherMs) > NEAR_MS && otherMs > -2 * HOUR_MS;
      const value = cellC[place] ?? 0;
      past[hour] =
        isAround && hour > 1 && cell > oldestCell
          ? value - (((cellC[other] ?? 0) - value) * lateMs) / (otherMs - lateMs)
          : drawnAcross(state, origin, cell, oldestCell, origin.validAt - hour * HOUR_MS);
    }
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
