import { DAY_MS, HOUR_MS, type Instant } from '../../src/core/time.ts';
import { listStations, observedAt, readStation, type Station } from '../../src/forecast/station-history.ts';

export const CONTEXT_DAYS = 60;
export const LEADS = 48;
/** Moves the hour of the day from window to window. */
const SHIFT_H = 7;
/** A window whose past or future misses more than this is passed over. */
const MOST_MISSING = 0.05;

/** One forecast to be made by everyone: 60 days of hours, gaps drawn across on the straight line, and what came. */
export interface Window {
  readonly station: Station;
  readonly issuedAt: Instant;
  readonly context: readonly number[];
  readonly observed: readonly (number | null)[];
}

/** `count` windows in the last year of each station, at changing hours of the day. */
export async function windowsOf(folder: string, only: readonly string[], count: number): Promise<readonly Window[]> {
  const windows: Window[] = [];
  for (const entry of listStations(folder, only)) {
    const station = await readStation(folder, entry);
    const lastAt = (station.validAt.at(-1) ?? 0) - LEADS * HOUR_MS;
    const firstAt = Math.max((station.validAt[0] ?? 0) + CONTEXT_DAYS * DAY_MS, lastAt - 365 * DAY_MS);
    for (let index = 0; index < count; index++) {
      const day = Math.floor((firstAt + ((index + 0.5) / count) * (lastAt - firstAt)) / DAY_MS);
      for (let tries = 0; tries < 10; tries++) {
        const window = windowAt(station, (day + tries) * DAY_MS + ((SHIFT_H * index) % 24) * HOUR_MS);
        if (!window) continue;
        windows.push(window);
        break;
      }
    }
  }
  return windows;
}

function windowAt(station: Station, issuedAt: Instant): Window | null {
  const hours = CONTEXT_DAYS * 24;
  const context = Array.from(
    { length: hours },
    (_, hour) => observedAt(station, issuedAt - (hours - 1 - hour) * HOUR_MS, issuedAt) ?? Number.NaN,
  );
  const observed = Array.from({ length: LEADS }, (_, lead) => observedAt(station, issuedAt + (lead + 1) * HOUR_MS));
  const missing = (values: readonly (number | null)[]) =>
    values.filter((value) => value === null || Number.isNaN(value)).length / values.length;
  if (missing(context) > MOST_MISSING || missing(observed) > MOST_MISSING || Number.isNaN(context[hours - 1]))
    return null;
  return { station, issuedAt, context: drawnAcross(context), observed };
}

function drawnAcross(values: readonly number[]): readonly number[] {
  const filled = [...values];
  let last = -1;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const from = last < 0 ? value : (values[last] ?? value);
    for (let gap = last + 1; gap < index; gap++) filled[gap] = from + ((value - from) * (gap - last)) / (index - last);
    last = index;
  }
  return filled;
}
