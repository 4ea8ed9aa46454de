import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import { backwardSolve, choleskyInPlace, forwardSolve } from './cholesky.ts';
import { COURSE_DAYS, COURSE_HOURS, COURSE_ORIGIN, drawnBetweenDays } from './day-tables.ts';
import type { UsualCourse } from './features.ts';

const YEAR_MS = 365.2425 * DAY_MS;
/** 1 and three harmonics of the year. */
const ANNUAL = 7;
/** Four harmonics of the day; the first two also by the first harmonic of the year. */
const DIURNAL = 8;
const SEASONAL = 4;
export const USUAL_TERMS = ANNUAL + DIURNAL + 2 * SEASONAL;
/** Length of the packed sums: a triangle, a right-hand side, and how many readings. */
export const USUAL_SUMS = (USUAL_TERMS * (USUAL_TERMS + 1)) / 2 + USUAL_TERMS + 1;
const RIGHT = (USUAL_TERMS * (USUAL_TERMS + 1)) / 2;
const COUNT = USUAL_SUMS - 1;

/** Weight of the belief that nothing but the mean is known, in readings. */
const PRIOR_READINGS = 100;
/** Readings (hours) and days without which a year is not known: four of five hours of one. */
const LEAST_READINGS = 7_000;
export const LEAST_DAYS = 350;

const terms = new Float64Array(USUAL_TERMS);

function annualTerms(at: Instant): void {
  const angle = (2 * Math.PI * at) / YEAR_MS;
  terms[0] = 1;
  for (let harmonic = 1; harmonic <= 3; harmonic++) {
    terms[2 * harmonic - 1] = Math.sin(harmonic * angle);
    terms[2 * harmonic] = Math.cos(harmonic * angle);
  }
}

function diurnalTerms(at: Instant): void {
  const angle = (2 * Math.PI * (at % DAY_MS)) / DAY_MS;
  for (let harmonic = 1; harmonic <= 4; harmonic++) {
    terms[ANNUAL + 2 * harmonic - 2] = Math.sin(harmonic * angle);
    terms[ANNUAL + 2 * harmonic - 1] = Math.cos(harmonic * angle);
  }
  for (let term = 0; term < SEASONAL; term++) {
    const diurnal = terms[ANNUAL + term] ?? 0;
    terms[ANNUAL + DIURNAL + 2 * term] = diurnal * (terms[1] ?? 0);
    terms[ANNUAL + DIURNAL + 2 * term + 1] = diurnal * (terms[2] ?? 0);
  }
}

/** Adds a reading to the sums that a place's climate is solved from. */
export function learnUsual(sums: Float64Array, at: Instant, temperatureC: number): void {
  annualTerms(at);
  diurnalTerms(at);
  let place = 0;
  for (let row = 0; row < USUAL_TERMS; row++) {
    const value = terms[row] ?? 0;
    for (let column = 0; column <= row; column++) {
      sums[place] = (sums[place] ?? 0) + value * (terms[column] ?? 0);
      place++;
    }
    sums[RIGHT + row] = (sums[RIGHT + row] ?? 0) + value * temperatureC;
  }
  sums[COUNT] = (sums[COUNT] ?? 0) + 1;
}

/** Solves for what is usual by ridge; `false` and nothing written while there are too few readings. */
export function solveUsual(sums: Float64Array, into: Float32Array | Float64Array): boolean {
  if ((sums[COUNT] ?? 0) < LEAST_READINGS) return false;
  const matrix = new Float64Array(USUAL_TERMS * USUAL_TERMS);
  let place = 0;
  for (let row = 0; row < USUAL_TERMS; row++) {
    for (let column = 0; column <= row; column++) matrix[row * USUAL_TERMS + column] = sums[place++] ?? 0;
    if (row > 0) matrix[row * USUAL_TERMS + row] = (matrix[row * USUAL_TERMS + row] ?? 0) + PRIOR_READINGS;
  }
  choleskyInPlace(matrix, USUAL_TERMS);
  const z = forwardSolve(matrix, USUAL_TERMS, sums.subarray(RIGHT, RIGHT + USUAL_TERMS));
  into.set(backwardSolve(matrix, USUAL_TERMS, z, USUAL_TERMS));
  return true;
}

const usual: UsualCourse = { course: new Float64Array(COURSE_HOURS), dayBefore: 0 };
const table = new Float64Array(24 * COURSE_DAYS);
const waves = new Float64Array(24 * DIURNAL);
let wavesAt = Number.NaN;

/** What is usual around `origin`, by the solved terms. The result is overwritten by the next call. */
export function usualCourse(solved: Float32Array | Float64Array, origin: Instant): UsualCourse {
  setWaves(origin);
  for (let day = 0; day < COURSE_DAYS; day++) {
    annualTerms(origin + (24 * day - COURSE_ORIGIN) * HOUR_MS);
    let level = 0;
    for (let term = 0; term < ANNUAL; term++) level += (terms[term] ?? 0) * (solved[term] ?? 0);
    const [sine, cosine] = [terms[1] ?? 0, terms[2] ?? 0];
    for (let hour = 0; hour < 24; hour++) table[24 * day + hour] = level;
    for (let term = 0; term < DIURNAL; term++) {
      const from = ANNUAL + DIURNAL + 2 * term;
      const seasonal = term < SEASONAL ? (solved[from] ?? 0) * sine + (solved[from + 1] ?? 0) * cosine : 0;
      const strength = (solved[ANNUAL + term] ?? 0) + seasonal;
      for (let hour = 0; hour < 24; hour++)
        table[24 * day + hour] = (table[24 * day + hour] ?? 0) + strength * (waves[24 * term + hour] ?? 0);
    }
  }
  drawnBetweenDays(table, usual.course);
  let sum = 0;
  for (let hour = 1; hour <= 24; hour++) sum += usual.course[hour] ?? 0;
  usual.dayBefore = sum / 24;
  return usual;
}

/** The day's terms at each hour after the origin's time of day: `waves[24 · term + hour]`. */
function setWaves(origin: Instant): void {
  const timeOfDay = origin % DAY_MS;
  if (timeOfDay === wavesAt) return;
  wavesAt = timeOfDay;
  for (let hour = 0; hour < 24; hour++) {
    const angle = (2 * Math.PI * (timeOfDay + hour * HOUR_MS)) / DAY_MS;
    for (let harmonic = 1; harmonic <= 4; harmonic++) {
      waves[24 * (2 * harmonic - 2) + hour] = Math.sin(harmonic * angle);
      waves[24 * (2 * harmonic - 1) + hour] = Math.cos(harmonic * angle);
    }
  }
}
