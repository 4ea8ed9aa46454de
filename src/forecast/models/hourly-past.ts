import { HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import { type EngineState, GRID_CELLS, HEAD, NO_READING } from './engine-state.ts';
import { PAST_HOURS } from './features.ts';
import { cellOf, placeOf } from './reading-grid.ts';

/** Readings this far apart at most have a straight line between them; a longer gap stays a gap. */
const LONGEST_STEP_MS = 3 * HOUR_MS;
/** A reading this near to an hour stands for it. */
const NEAR_MS = 5 * MINUTE_MS;

const past = new Float64Array(PAST_HOURS);
const readAt = new Float64Array(PAST_HOURS + 2);
const readC = new Float64Array(PAST_HOURS + 2);

/**
 * The temperature at each whole hour before an origin: `past[k]` is k hours before it, NaN where no reading is near.
 * Readings at odd times are drawn across to the hours of the origin. Overwritten by the next call.
 */
export function hourlyPast(
  state: EngineState,
  origin: { readonly validAt: Instant; readonly temperatureC: number },
): Float64Array {
  const count = readingsBefore(state, origin);
  past.fill(Number.NaN);
  past[0] = origin.temperatureC;
  let later = 0;
  for (let hour = 1; hour < PAST_HOURS; hour++) {
    const at = origin.validAt - hour * HOUR_MS;
    while (later + 1 < count && (readAt[later + 1] ?? 0) >= at) later++;
    const [afterAt, afterC] = [readAt[later] ?? 0, readC[later] ?? 0];
    if (later + 1 >= count) {
      if (afterAt - at <= NEAR_MS) past[hour] = afterC;
      if (afterAt - at > LONGEST_STEP_MS) break;
      continue;
    }
    const [beforeAt, beforeC] = [readAt[later + 1] ?? 0, readC[later + 1] ?? 0];
    if (afterAt - at <= NEAR_MS && afterAt - at <= at - beforeAt) past[hour] = afterC;
    else if (at - beforeAt <= NEAR_MS) past[hour] = beforeC;
    else if (afterAt - beforeAt <= LONGEST_STEP_MS)
      past[hour] = beforeC + ((afterC - beforeC) * (at - beforeAt)) / (afterAt - beforeAt);
  }
  return past;
}

/** Lists the origin and the grid's readings before it, newest first; returns how many. */
function readingsBefore(
  { head, cellC, cellOffsetMs }: EngineState,
  origin: { readonly validAt: Instant; readonly temperatureC: number },
): number {
  readAt[0] = origin.validAt;
  readC[0] = origin.temperatureC;
  let count = 1;
  const newestCell = cellOf(head[HEAD.newestAt] ?? origin.validAt);
  const originCell = cellOf(origin.validAt);
  const oldestCell = Math.max(newestCell - GRID_CELLS + 1, originCell - PAST_HOURS);
  let place = placeOf(originCell);
  for (let cell = originCell; cell >= oldestCell; cell--, place = place === 0 ? GRID_CELLS - 1 : place - 1) {
    const offsetMs = cellOffsetMs[place] ?? NO_READING;
    const at = cell * HOUR_MS + offsetMs;
    if (offsetMs === NO_READING || at >= origin.validAt) continue;
    readAt[count] = at;
    readC[count] = cellC[place] ?? 0;
    count++;
  }
  return count;
}
