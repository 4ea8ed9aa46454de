import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import { type Features, featuresAt, LEADS, PAST_HOURS } from '../models/features.ts';
import { type SunCourse, sunCourse } from '../models/sun-course.ts';
import { LEAST_DAYS, learnUsual, solveUsual, USUAL_SUMS, USUAL_TERMS, usualCourse } from '../models/usual-course.ts';
import type { Station } from '../station-history.ts';

/** Readings this many hours apart at most have a straight line between them. */
const LONGEST_STEP_H = 3;
/** How often what is usual is solved anew while a station's past goes by. */
const SOLVE_EVERY_H = 240;

/** A station by the full hour. */
export interface StationHours {
  readonly station: Station;
  readonly firstAt: Instant;
  /** As measured; NaN where there is no reading. */
  readonly measured: Float64Array;
  /** The same with short gaps drawn across. */
  readonly filled: Float64Array;
}

export function stationHours(station: Station): StationHours {
  const firstAt = Math.round((station.validAt[0] ?? 0) / HOUR_MS) * HOUR_MS;
  const lastAt = station.validAt[station.validAt.length - 1] ?? firstAt;
  const measured = new Float64Array(Math.round((lastAt - firstAt) / HOUR_MS) + 1).fill(Number.NaN);
  for (const [index, at] of station.validAt.entries())
    measured[Math.round((at - firstAt) / HOUR_MS)] = station.temperatureC[index] ?? Number.NaN;
  const filled = Float64Array.from(measured);
  let last = -1;
  for (let hour = 0; hour < filled.length; hour++) {
    const value = measured[hour] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (last >= 0 && hour - last > 1 && hour - last <= LONGEST_STEP_H) {
      const from = measured[last] ?? 0;
      for (let gap = last + 1; gap < hour; gap++) filled[gap] = from + ((value - from) * (gap - last)) / (hour - last);
    }
    last = hour;
  }
  return { station, firstAt, measured, filled };
}

/** One origin of a station with what came after it. Overwritten by the next. */
export interface Row {
  readonly origin: Instant;
  readonly features: Features;
  readonly sun: SunCourse;
  readonly originC: number;
  /** `past[k]`: temperature k hours before the origin, NaN where it is not known. */
  readonly past: Float64Array;
  /** `change[lead]`: temperature `lead` hours later less the origin's, NaN where it is not known. */
  readonly change: Float64Array;
}

const past = new Float64Array(PAST_HOURS);
const change = new Float64Array(LEADS + 1);

/**
 * The origins of a station in [from, to) at every `step`-th hour, in order, as a forecaster would see them: nothing after
 * the origin is in the features.
 */
export function* rowsOf(hours: StationHours, step: number, from: Instant, to: Instant): Generator<Row> {
  const { station, firstAt, measured, filled } = hours;
  const sums = new Float64Array(USUAL_SUMS);
  const solved = new Float64Array(USUAL_TERMS);
  let isSolved = false;
  for (let hour = 0; hour < measured.length; hour++) {
    const origin = firstAt + hour * HOUR_MS;
    const value = measured[hour] ?? Number.NaN;
    if (!Number.isNaN(value)) learnUsual(sums, origin, value);
    if (hour >= LEAST_DAYS * 24 && hour % SOLVE_EVERY_H === 0) isSolved = solveUsual(sums, solved);
    if (hour % step !== 0 || Number.isNaN(value) || origin < from || origin >= to) continue;
    for (let back = 0; back < PAST_HOURS; back++) past[back] = filled[hour - back] ?? Number.NaN;
    const sun = sunCourse(station, origin);
    const features = featuresAt(station, past, sun, isSolved ? usualCourse(solved, origin) : null);
    for (let lead = 1; lead <= LEADS; lead++) change[lead] = (filled[hour + lead] ?? Number.NaN) - value;
    yield { origin, features, sun, originC: value, past, change };
  }
}

/** The last instant of a station that may be trained on: its last year is for the test, where it has more than two. */
export function testFrom({ firstAt, measured }: StationHours): Instant {
  const endAt = firstAt + measured.length * HOUR_MS;
  return endAt - firstAt > 730 * DAY_MS ? endAt - 365 * DAY_MS : endAt;
}
