import { HOUR_MS, type Instant } from '../../core/time.ts';
import { type BaselineState, GRID_CELLS, HEAD, NO_READING } from './baseline-state.ts';
import { cellOf, placeOf } from './reading-grid.ts';

/** A day's weight in the profile falls by 1/e in this many days: follows the season, yet averages the weather out. */
const FADE_DAYS = 8;
const MOST_DAYS = 28;
/** Hours of the day without any reading that may lie side by side: the profile is drawn straight across them. */
const LONGEST_BLANK_H = 6;

const DAY_WEIGHT = Float64Array.from({ length: MOST_DAYS }, (_, day) => Math.exp(-day / FADE_DAYS));

/** The mean day before an origin, as knots over the hours of a day. */
export interface DiurnalProfile {
  /** Whole days it was made of, 1–28. */
  readonly days: number;
  /** Expected temperature at the time of day of `at`, °C, linear between the knots. */
  at(at: Instant): number;
}

/** What lies in the grid before an origin. */
export interface History {
  /** Age of the oldest reading, whole hours. */
  readonly spanHours: number;
  /** Hourly cells with a reading among the last 6 hours, 7 days and 28 days, the origin's included. */
  readonly in6h: number;
  readonly in7d: number;
  readonly in28d: number;
}

/** One pass's sums; reused, since nothing here waits. */
const level = new Float64Array(MOST_DAYS);
const levelCount = new Float64Array(MOST_DAYS);
const sumC = new Float64Array(24);
const sumOffsetMs = new Float64Array(24);
const weight = new Float64Array(24);

/** Counts the readings known at `origin`. */
export function historyAt({ head, cellOffsetMs }: BaselineState, origin: Instant): History {
  const originCell = cellOf(origin);
  const ages = GRID_CELLS - (cellOf(head[HEAD.newestAt] ?? origin) - originCell);
  let [oldestAge, in6h, in7d, in28d] = [0, 0, 0, 0];
  let place = placeOf(originCell);
  for (let age = 0; age < ages; age++, place = place === 0 ? GRID_CELLS - 1 : place - 1) {
    if (cellOffsetMs[place] === NO_READING) continue;
    oldestAge = age;
    if (age < 6) in6h++;
    if (age < 168) in7d++;
    if (age < 672) in28d++;
  }
  const oldestCell = originCell - oldestAge;
  const oldestAt = oldestCell * HOUR_MS + (cellOffsetMs[placeOf(oldestCell)] ?? 0);
  const spanHours = oldestAge === 0 ? 0 : Math.floor((origin - oldestAt) / HOUR_MS);
  return { spanHours, in6h, in7d, in28d };
}

/**
 * The mean day before `origin`: temperature = level of the day + course of the day, both found by least squares in one
 * round of alternation, so that a missing hour of a warm day does not make that hour look cold. Days are counted back
 * from the origin and fade with their age; the origin's own hour is left out. `null` with less than 24 hours of history
 * or with longer blanks than can be drawn across.
 */
export function diurnalProfile(state: BaselineState, origin: Instant, spanHours: number): DiurnalProfile | null {
  const days = Math.min(MOST_DAYS, Math.floor(spanHours / 24));
  if (days < 1) return null;
  const originCell = cellOf(origin);
  average(state, originCell, days, null);
  if (!isDrawable()) return null;
  if (days > 1) {
    const course = Float64Array.from(sumC);
    levelsAround(state, originCell, days, course);
    average(state, originCell, days, level);
  }
  return { days, at: knots() };
}

/** Mean by hour of the day, of the readings themselves or of what they have beyond their day's level. */
function average(
  { cellC, cellOffsetMs }: BaselineState,
  originCell: number,
  days: number,
  levels: Float64Array | null,
) {
  sumC.fill(0);
  sumOffsetMs.fill(0);
  weight.fill(0);
  let place = placeOf(originCell);
  let hour = ((originCell % 24) + 24) % 24;
  for (let day = 0; day < days; day++) {
    const share = DAY_WEIGHT[day] ?? 0;
    const levelC = levels?.[day] ?? 0;
    for (let step = 0; step < 24; step++) {
      place = place === 0 ? GRID_CELLS - 1 : place - 1;
      hour = hour === 0 ? 23 : hour - 1;
      const offsetMs = cellOffsetMs[place] ?? NO_READING;
      if (offsetMs === NO_READING) continue;
      sumC[hour] = (sumC[hour] ?? 0) + share * ((cellC[place] ?? 0) - levelC);
      sumOffsetMs[hour] = (sumOffsetMs[hour] ?? 0) + share * offsetMs;
      weight[hour] = (weight[hour] ?? 0) + share;
    }
  }
  for (let at = 0; at < 24; at++) {
    if (weight[at] === 0) continue;
    sumC[at] = (sumC[at] ?? 0) / (weight[at] ?? 1);
    sumOffsetMs[at] = (sumOffsetMs[at] ?? 0) / (weight[at] ?? 1);
  }
}

/** Each day's level beyond the course, less the weighted mean of all levels, so that the course keeps the mean level. */
function levelsAround({ cellC, cellOffsetMs }: BaselineState, originCell: number, days: number, course: Float64Array) {
  let place = placeOf(originCell);
  let hour = ((originCell % 24) + 24) % 24;
  let [sum, shares] = [0, 0];
  for (let day = 0; day < days; day++) {
    let [beyond, count] = [0, 0];
    for (let step = 0; step < 24; step++) {
      place = place === 0 ? GRID_CELLS - 1 : place - 1;
      hour = hour === 0 ? 23 : hour - 1;
      if (cellOffsetMs[place] === NO_READING) continue;
      beyond += (cellC[place] ?? 0) - (course[hour] ?? 0);
      count++;
    }
    level[day] = count === 0 ? 0 : beyond / count;
    levelCount[day] = count;
    const share = (DAY_WEIGHT[day] ?? 0) * count;
    sum += share * (level[day] ?? 0);
    shares += share;
  }
  const meanLevel = shares === 0 ? 0 : sum / shares;
  for (let day = 0; day < days; day++) level[day] = (level[day] ?? 0) - meanLevel;
}

function isDrawable(): boolean {
  let blank = 0;
  for (let step = 0; step < 48; step++) {
    blank = weight[step % 24] === 0 ? blank + 1 : 0;
    if (blank > LONGEST_BLANK_H) return false;
  }
  return true;
}

/** Linear around the day between the hours that have readings, each at its readings' mean minute. */
function knots(): (at: Instant) => number {
  const hourAt: number[] = [];
  const valueC: number[] = [];
  for (let hour = 0; hour < 24; hour++) {
    if (weight[hour] === 0) continue;
    hourAt.push(hour + (sumOffsetMs[hour] ?? 0) / HOUR_MS);
    valueC.push(sumC[hour] ?? 0);
  }
  const count = hourAt.length;
  const firstAt = hourAt[0] ?? 0;
  return (at) => {
    let hour = (at / HOUR_MS) % 24;
    if (hour < firstAt) hour += 24;
    else if (hour >= firstAt + 24) hour -= 24;
    // Most days have all 24 knots close to their full hours: the search starts where the knot must be.
    let after = Math.min(count, Math.max(0, Math.floor(((hour - firstAt) * count) / 24) - 1));
    while (after < count && (hourAt[after] ?? 0) <= hour) after++;
    while (after > 1 && (hourAt[after - 1] ?? 0) > hour) after--;
    const before = after - 1;
    const fromAt = hourAt[before] ?? 0;
    const toAt = after === count ? firstAt + 24 : (hourAt[after] ?? 0);
    const fromC = valueC[before] ?? 0;
    const toC = valueC[after === count ? 0 : after] ?? 0;
    return toAt > fromAt ? fromC + ((toC - fromC) * (hour - fromAt)) / (toAt - fromAt) : fromC;
  };
}
