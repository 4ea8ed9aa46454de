import type { Site } from '../forecaster.ts';
import { COURSE_ORIGIN } from './day-tables.ts';
import type { SunCourse } from './sun-course.ts';

/** Longest lead that the model has coefficients for, hours. */
export const LEADS = 48;
/** Hours of the past that features look at, the origin's own included. */
export const PAST_HOURS = 28 * 24 + 1;

/** Tiers by what history there is, from the least. */
export const TIERS = ['reading', '6h', '24h', '7d', '30d', 'year'] as const;
export type TierName = (typeof TIERS)[number];
export const YEAR_TIER = TIERS.length - 1;

/** How many columns each tier adds: those that are the same for every lead, then those of the lead. */
const SHARED = [19, 22, 35, 15, 6, 8] as const;
const OF_LEAD = [13, 2, 5, 2, 1, 1] as const;
/** Number of leading columns that each tier uses: a tier's columns come after those of the tiers below. */
export const TIER_COLUMNS: readonly number[] = SHARED.map((_, tier) =>
  [...SHARED].slice(0, tier + 1).reduce((sum, count, below) => sum + count + (OF_LEAD[below] ?? 0), 0),
);
export const COLUMNS = TIER_COLUMNS[YEAR_TIER] ?? 0;
/** The columns that differ from lead to lead. */
export const LEAD_COLUMNS: readonly number[] = SHARED.flatMap((count, tier) => {
  const from = (TIER_COLUMNS[tier - 1] ?? 0) + count;
  return Array.from({ length: OF_LEAD[tier] ?? 0 }, (_, index) => from + index);
});
const PER_LEAD = LEAD_COLUMNS.length;

/** The place's own climate: what is usual at the origin, over the day before it, and at each lead, °C. */
export interface UsualCourse {
  /** `[COURSE_ORIGIN + h]` is what is usual h hours after the origin. */
  readonly course: Float64Array;
  /** Mean over the 24 hours up to the origin. */
  dayBefore: number;
}

/** The features of one origin. Overwritten by the next call of `featuresAt`. */
export interface Features {
  /** The highest tier whose every feature is there. */
  tier: number;
  /** `COLUMNS` values; those of `LEAD_COLUMNS` are not filled in. */
  readonly shared: Float64Array;
  /** `[lead − 1][index in LEAD_COLUMNS]`. */
  readonly ofLead: Float64Array;
  /** Mean of the last day and of the last week, °C; NaN below their tier. */
  dayMean: number;
  weekMean: number;
  /** Highest minus lowest of the last day, °C, and mean change from one day to the next over a week; NaN below. */
  dayRange: number;
  dayToDay: number;
  /** Mean day of the last week by hours after the origin, °C. */
  readonly weekProfile: Float64Array;
}

const features: Features = {
  tier: 0,
  shared: new Float64Array(COLUMNS),
  ofLead: new Float64Array(LEADS * PER_LEAD),
  dayMean: Number.NaN,
  weekMean: Number.NaN,
  dayRange: Number.NaN,
  dayToDay: Number.NaN,
  weekProfile: new Float64Array(24),
};
const monthProfile = new Float64Array(24);

/** Sine and cosine of the hour at the origin, and of twice the hour, after a 1. */
const hourTerms = new Float64Array(5);
let column = 0;

function put(value: number): void {
  features.shared[column++] = value;
}

/** A value by itself and by the hour of the origin: an anomaly at 15 h and one at 5 h decay differently. */
function putByHour(value: number, terms = 5): void {
  for (let term = 0; term < terms; term++) features.shared[column++] = value * (hourTerms[term] ?? 0);
}

/**
 * The features of an origin. `past[k]` is the temperature k hours before it (NaN where it is not known), `past[0]` its
 * own; `usual` is the place's climate where that is known. Differences to the origin's temperature throughout, so that
 * only `y − 25·cos(latitude)` tells how warm it is.
 */
export function featuresAt(site: Site, past: Float64Array, sun: SunCourse, usual: UsualCourse | null): Features {
  column = 0;
  features.tier = 0;
  features.dayMean = features.weekMean = features.dayRange = features.dayToDay = Number.NaN;
  fromReading(site, past[0] ?? Number.NaN, sun);
  if (!isKnown(past, [1, 2, 3, 5])) return features;
  fromHours(past, sun);
  if (!isWhole(past, 1, 24)) return features;
  fromDay(past, sun);
  if (!isWhole(past, 25, 48) || !reaches(past, 7 * 24) || !profileOf(past, 7, 3, features.weekProfile)) return features;
  fromWeek(past);
  if (!reaches(past, PAST_HOURS - 1) || !profileOf(past, 28, 9, monthProfile)) return features;
  fromMonth(past);
  if (usual !== null) fromYear(past, usual);
  return features;
}

const isKnown = (past: Float64Array, hours: readonly number[]): boolean =>
  hours.every((hour) => Number.isFinite(past[hour] ?? Number.NaN));

function isWhole(past: Float64Array, from: number, to: number): boolean {
  for (let hour = from; hour <= to; hour++) if (!Number.isFinite(past[hour] ?? Number.NaN)) return false;
  return true;
}

/** Whether anything is known from the day that ends so many hours before the origin. */
function reaches(past: Float64Array, hours: number): boolean {
  for (let hour = hours; hour > hours - 24; hour--) if (Number.isFinite(past[hour] ?? Number.NaN)) return true;
  return false;
}

const lead = (of: number, index: number, value: number) => {
  features.ofLead[(of - 1) * PER_LEAD + index] = value;
};

function fromReading({ latitude }: Site, y: number, { height, lag2, lag5, lag12, dayMean, hourAngle }: SunCourse) {
  const latitudePart = Math.abs(latitude) / 40;
  const warmth = (y - 25 * Math.cos((latitude * Math.PI) / 180)) / 10;
  const day = dayMean - 0.25;
  hourTerms[0] = 1;
  hourTerms[1] = Math.sin(hourAngle);
  hourTerms[2] = Math.cos(hourAngle);
  hourTerms[3] = Math.sin(2 * hourAngle);
  hourTerms[4] = Math.cos(2 * hourAngle);
  putByHour(1);
  put(height[COURSE_ORIGIN] ?? 0);
  put(lag5[COURSE_ORIGIN] ?? 0);
  putByHour(warmth);
  put(day);
  put(latitudePart);
  put(day * warmth);
  put(day * (hourTerms[1] ?? 0));
  put(day * (hourTerms[2] ?? 0));
  put(latitudePart * (hourTerms[1] ?? 0));
  put(latitudePart * (hourTerms[2] ?? 0));
  column += OF_LEAD[0];
  const [height0, two0, five0, twelve0] = [height, lag2, lag5, lag12].map((of) => of[COURSE_ORIGIN] ?? 0);
  for (let h = 1; h <= LEADS; h++) {
    const at = COURSE_ORIGIN + h;
    const now = (height[at] ?? 0) - (height0 ?? 0);
    const two = (lag2[at] ?? 0) - (two0 ?? 0);
    const five = (lag5[at] ?? 0) - (five0 ?? 0);
    const twelve = (lag12[at] ?? 0) - (twelve0 ?? 0);
    lead(h, 0, now);
    lead(h, 1, two);
    lead(h, 2, five);
    lead(h, 3, twelve);
    lead(h, 4, now * latitudePart);
    lead(h, 5, two * latitudePart);
    lead(h, 6, five * latitudePart);
    lead(h, 7, twelve * latitudePart);
    lead(h, 8, two * warmth);
    lead(h, 9, five * warmth);
    lead(h, 10, twelve * warmth);
    lead(h, 11, five * day);
    lead(h, 12, twelve * day);
  }
}

function fromHours(past: Float64Array, { lag2, lag5 }: SunCourse): void {
  features.tier = 1;
  const y = past[0] ?? 0;
  for (const hour of [1, 2, 3, 5]) putByHour((past[hour] ?? 0) - y);
  put((lag2[COURSE_ORIGIN - 3] ?? 0) - (lag2[COURSE_ORIGIN] ?? 0));
  put((lag5[COURSE_ORIGIN - 5] ?? 0) - (lag5[COURSE_ORIGIN] ?? 0));
  column += OF_LEAD[1];
  for (let h = 1; h <= LEADS; h++) {
    lead(h, 13, ((past[3] ?? 0) - y) * ((lag2[COURSE_ORIGIN + h] ?? 0) - (lag2[COURSE_ORIGIN] ?? 0)));
    lead(h, 14, ((past[5] ?? 0) - y) * ((lag5[COURSE_ORIGIN + h] ?? 0) - (lag5[COURSE_ORIGIN] ?? 0)));
  }
}

function fromDay(past: Float64Array, { height, lag2, lag5, lag12 }: SunCourse): void {
  features.tier = 2;
  const y = past[0] ?? 0;
  let [sum, most, least] = [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let hour = 0; hour < 24; hour++) {
    const value = past[hour] ?? 0;
    sum += value;
    if (value > most) most = value;
    if (value < least) least = value;
  }
  features.dayMean = sum / 24;
  features.dayRange = most - least;
  for (const hour of [6, 12, 18, 24]) putByHour((past[hour] ?? 0) - y);
  putByHour(features.dayMean - y);
  putByHour(most - y);
  putByHour(least - y);
  column += OF_LEAD[2];
  for (let h = 1; h <= LEADS; h++) {
    const at = COURSE_ORIGIN + h;
    lead(h, 15, (past[h <= 24 ? 24 - h : 48 - h] ?? 0) - y);
    lead(h, 16, features.dayRange * ((lag2[at] ?? 0) - (lag2[COURSE_ORIGIN] ?? 0)));
    lead(h, 17, features.dayRange * ((lag5[at] ?? 0) - (lag5[COURSE_ORIGIN] ?? 0)));
    lead(h, 18, features.dayRange * ((lag12[at] ?? 0) - (lag12[COURSE_ORIGIN] ?? 0)));
    lead(h, 19, features.dayRange * ((height[at] ?? 0) - (height[COURSE_ORIGIN] ?? 0)));
  }
}

/**
 * The mean day of the last `days` days by hours after the origin (0–23); `false` when an hour has fewer than `least`
 * values.
 */
function profileOf(past: Float64Array, days: number, least: number, into: Float64Array): boolean {
  for (let hour = 0; hour < 24; hour++) {
    let [sum, count] = [0, 0];
    for (let back = 24 - hour; back <= 24 * days; back += 24) {
      const value = past[back] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    if (count < least) return false;
    into[hour] = sum / count;
  }
  return true;
}

const meanOf = (profile: Float64Array): number => {
  let sum = 0;
  for (let hour = 0; hour < 24; hour++) sum += profile[hour] ?? 0;
  return sum / 24;
};

function fromWeek(past: Float64Array): void {
  features.tier = 3;
  const y = past[0] ?? 0;
  const { weekProfile, dayMean } = features;
  features.weekMean = meanOf(weekProfile);
  let [three, count] = [0, 0];
  for (let hour = 0; hour < 72; hour++) {
    const value = past[hour] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    three += value;
    count++;
  }
  let [change, pairs] = [0, 0];
  for (let hour = 0; hour < 144; hour++) {
    const step = Math.abs((past[hour] ?? Number.NaN) - (past[hour + 24] ?? Number.NaN));
    if (Number.isNaN(step)) continue;
    change += step;
    pairs++;
  }
  features.dayToDay = change / Math.max(1, pairs);
  putByHour((weekProfile[0] ?? 0) - y);
  putByHour(three / count - dayMean);
  putByHour(features.weekMean - dayMean);
  column += OF_LEAD[3];
  for (let h = 1; h <= LEADS; h++) {
    const back = h <= 24 ? 24 - h : 48 - h;
    lead(h, 20, (weekProfile[h % 24] ?? 0) - (weekProfile[0] ?? 0));
    lead(h, 21, (past[back] ?? 0) - (past[back + 24] ?? 0));
  }
}

function fromMonth(past: Float64Array): void {
  features.tier = 4;
  putByHour((monthProfile[0] ?? 0) - (past[0] ?? 0), 3);
  putByHour(meanOf(monthProfile) - features.dayMean, 3);
  column += OF_LEAD[4];
  for (let h = 1; h <= LEADS; h++) lead(h, 22, (monthProfile[h % 24] ?? 0) - (monthProfile[0] ?? 0));
}

function fromYear(past: Float64Array, { course, dayBefore }: UsualCourse): void {
  features.tier = 5;
  putByHour((course[COURSE_ORIGIN] ?? 0) - (past[0] ?? 0));
  putByHour(dayBefore - features.dayMean, 3);
  column += OF_LEAD[5];
  for (let h = 1; h <= LEADS; h++) lead(h, 23, (course[COURSE_ORIGIN + h] ?? 0) - (course[COURSE_ORIGIN] ?? 0));
}
