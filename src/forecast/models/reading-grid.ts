import { HOUR_MS, type Instant } from '../../core/time.ts';
import { type EngineState, GRID_CELLS, HEAD, NO_READING } from './engine-state.ts';

/** The reading that a forecast starts from. */
export interface Origin {
  readonly validAt: Instant;
  readonly temperatureC: number;
}

const HALF_HOUR_MS = HOUR_MS / 2;

/** Number of the hourly cell that an instant belongs to: the nearest full hour, the later one at half past. */
export const cellOf = (at: Instant): number => Math.floor((at + HALF_HOUR_MS) / HOUR_MS);

/** Where a cell lies in the ring. */
export const placeOf = (cell: number): number => ((cell % GRID_CELLS) + GRID_CELLS) % GRID_CELLS;

/**
 * Remembers a reading in the hourly grid, whatever order readings come in: a cell keeps the one nearest to its full hour
 * (the earlier of two equally near), so that learning twice changes nothing and a corrected value replaces its own.
 * Returns whether anything changed.
 */
export function putReading(state: EngineState, validAt: Instant, temperatureC: number): boolean {
  const { head, cellC, cellOffsetMs } = state;
  const cell = cellOf(validAt);
  const newestAt = head[HEAD.newestAt] ?? Number.NEGATIVE_INFINITY;
  const newestCell = cellOf(newestAt);
  if (cell <= newestCell - GRID_CELLS) return false;
  if (cell > newestCell) forget(cellOffsetMs, newestCell, cell);
  if (validAt < (head[HEAD.firstAt] ?? 0) || newestAt === Number.NEGATIVE_INFINITY) head[HEAD.firstAt] = validAt;
  const newestChanged = validAt > newestAt || (validAt === newestAt && head[HEAD.newestC] !== temperatureC);
  if (validAt >= newestAt) {
    head[HEAD.newestAt] = validAt;
    head[HEAD.newestC] = temperatureC;
  }
  const place = placeOf(cell);
  const offsetMs = validAt - cell * HOUR_MS;
  const heldMs = cellOffsetMs[place] ?? NO_READING;
  const isNearer =
    Math.abs(offsetMs) < Math.abs(heldMs) || (offsetMs < heldMs && Math.abs(offsetMs) === Math.abs(heldMs));
  if (!isNearer && offsetMs !== heldMs) return newestChanged;
  const rounded = Math.fround(temperatureC);
  if (offsetMs === heldMs && cellC[place] === rounded) return newestChanged;
  cellC[place] = rounded;
  cellOffsetMs[place] = offsetMs;
  return true;
}

/** Empties the cells after `newestCell` up to `cell`. */
function forget(cellOffsetMs: Int32Array, newestCell: number, cell: number): void {
  if (cell - newestCell >= GRID_CELLS) {
    cellOffsetMs.fill(NO_READING);
    return;
  }
  for (let passed = newestCell + 1; passed <= cell; passed++) cellOffsetMs[placeOf(passed)] = NO_READING;
}

/** The newest reading at or before `at` that the grid or the head still has; `null` when there is none. */
export function originAt(state: EngineState, at: Instant): Origin | null {
  const { head, cellC, cellOffsetMs } = state;
  const newestAt = head[HEAD.newestAt] ?? Number.NEGATIVE_INFINITY;
  if (newestAt === Number.NEGATIVE_INFINITY) return null;
  if (newestAt <= at) return { validAt: newestAt, temperatureC: head[HEAD.newestC] ?? Number.NaN };
  const oldestCell = cellOf(newestAt) - GRID_CELLS;
  for (let cell = Math.min(cellOf(at), cellOf(newestAt)); cell > oldestCell; cell--) {
    const offsetMs = cellOffsetMs[placeOf(cell)] ?? NO_READING;
    if (offsetMs === NO_READING || cell * HOUR_MS + offsetMs > at) continue;
    return { validAt: cell * HOUR_MS + offsetMs, temperatureC: cellC[placeOf(cell)] ?? Number.NaN };
  }
  return null;
}
