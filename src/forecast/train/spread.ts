import { HOUR_MS } from '../../core/time.ts';
import { LEVELS } from '../../weather/prediction.ts';
import { backwardSolve, choleskyInPlace, forwardSolve } from '../models/cholesky.ts';
import { LEAD_COLUMNS, LEADS, TIER_COLUMNS, TIERS } from '../models/features.ts';
import { LEVEL_COUNT, type Prior, priorParts } from '../models/prior.ts';
import { SPREAD_TERMS, setSpreadOrigin, spreadTerms } from '../models/spread-terms.ts';
import type { Coefficients } from './ridge.ts';
import { type Row, rowsOf, type StationHours, testFrom } from './station-hours.ts';

/** Added to |error| before its logarithm is taken, °C. */
const FLOOR_C = 0.05;

/** Errors of one station as a stranger: made by coefficients that know nothing of it. */
export interface StrangerErrors {
  /** Per tier: rows of terms, and rows of errors (measured less forecast), both `[row][lead]`. */
  readonly terms: readonly Float32Array[][];
  readonly errors: readonly Float32Array[][];
}

/** Errors of `coefficients` at a station, at every `step`-th hour of what may be trained on. */
export function strangerErrors(hours: StationHours, coefficients: Coefficients, step: number): StrangerErrors {
  const terms: Float32Array[][] = TIERS.map(() => []);
  const errors: Float32Array[][] = TIERS.map(() => []);
  for (const row of rowsOf(hours, step, 0, testFrom(hours) - LEADS * HOUR_MS)) {
    if (row.change.subarray(1).some(Number.isNaN)) continue;
    for (let tier = 0; tier <= row.features.tier; tier++) {
      const error = new Float32Array(LEADS);
      const spread = new Float32Array(LEADS * SPREAD_TERMS);
      hideBelow(hours, row, tier);
      for (let lead = 1; lead <= LEADS; lead++) {
        error[lead - 1] = (row.change[lead] ?? 0) - changeBy(coefficients, row, tier, lead);
        spread.set(spreadTerms(lead), (lead - 1) * SPREAD_TERMS);
      }
      terms[tier]?.push(spread);
      errors[tier]?.push(error);
    }
  }
  return { terms, errors };
}

/** The tier hides what it does not know. */
function hideBelow({ station }: StationHours, { features, sun }: Row, tier: number): void {
  const dayToDay = tier < 3 ? Number.NaN : features.dayToDay;
  const dayRange = tier < 2 ? Number.NaN : features.dayRange;
  setSpreadOrigin(station, { dayToDay, dayRange }, sun.dayMean, sun.hourAngle);
}

/** The change that coefficients foretell at a lead. */
export function changeBy(coefficients: Coefficients, { features }: Row, tier: number, lead: number): number {
  const own = coefficients[tier]?.[lead - 1];
  if (!own) return Number.NaN;
  const count = TIER_COLUMNS[tier] ?? 0;
  let sum = 0;
  for (let column = 0; column < count; column++) sum += (own[column] ?? 0) * (features.shared[column] ?? 0);
  for (const [index, column] of LEAD_COLUMNS.entries()) {
    if (column >= count) break;
    sum += (own[column] ?? 0) * (features.ofLead[(lead - 1) * LEAD_COLUMNS.length + index] ?? 0);
  }
  return sum;
}

/**
 * Writes how large errors are into a prior: log |error| by least squares on the spread's terms, moved so that the mean of
 * |error| / spread is 1; then the quantiles of error / spread.
 */
export function writeSpread(prior: Prior, stations: readonly StrangerErrors[]): void {
  for (let tier = 0; tier < TIERS.length; tier++) {
    const terms = stations.flatMap((station) => station.terms[tier] ?? []);
    const errors = stations.flatMap((station) => station.errors[tier] ?? []);
    for (let lead = 1; lead <= LEADS; lead++) {
      const { spread, quantiles } = priorParts(tier, lead);
      const coefficients = logSize(terms, errors, lead);
      prior.numbers.set(coefficients, spread);
      const ratios = errors.map((row, index) => (row[lead - 1] ?? 0) / sizeBy(coefficients, terms[index], lead));
      ratios.sort((one, other) => one - other);
      for (let level = 0; level < LEVEL_COUNT; level++)
        prior.numbers[quantiles + level] = quantileOf(ratios, LEVELS[level] ?? 0.5);
    }
  }
}

function logSize(terms: readonly Float32Array[], errors: readonly Float32Array[], lead: number): Float64Array {
  const matrix = new Float64Array(SPREAD_TERMS * SPREAD_TERMS);
  const right = new Float64Array(SPREAD_TERMS);
  const from = (lead - 1) * SPREAD_TERMS;
  for (const [index, row] of terms.entries()) {
    const size = Math.log(Math.abs(errors[index]?.[lead - 1] ?? 0) + FLOOR_C);
    for (let term = 0; term < SPREAD_TERMS; term++) {
      const value = row[from + term] ?? 0;
      for (let other = 0; other <= term; other++)
        matrix[term * SPREAD_TERMS + other] =
          (matrix[term * SPREAD_TERMS + other] ?? 0) + value * (row[from + other] ?? 0);
      right[term] = (right[term] ?? 0) + value * size;
    }
  }
  for (let term = 0; term < SPREAD_TERMS; term++)
    matrix[term * (SPREAD_TERMS + 1)] = (matrix[term * (SPREAD_TERMS + 1)] ?? 0) + 0.001 * terms.length + 1e-6;
  choleskyInPlace(matrix, SPREAD_TERMS);
  const solved = backwardSolve(matrix, SPREAD_TERMS, forwardSolve(matrix, SPREAD_TERMS, right), SPREAD_TERMS);
  let sum = 0;
  for (const [index, row] of errors.entries()) sum += Math.abs(row[lead - 1] ?? 0) / sizeBy(solved, terms[index], lead);
  if (errors.length > 0) solved[0] = (solved[0] ?? 0) + Math.log(sum / errors.length);
  return solved;
}

function sizeBy(coefficients: Float64Array, terms: Float32Array | undefined, lead: number): number {
  let sum = 0;
  for (let term = 0; term < SPREAD_TERMS; term++)
    sum += (coefficients[term] ?? 0) * (terms?.[(lead - 1) * SPREAD_TERMS + term] ?? 0);
  return Math.exp(sum);
}

/** Linear between the order statistics (Hyndman & Fan 1996, type 7). */
function quantileOf(sorted: readonly number[], level: number): number {
  const place = level * (sorted.length - 1);
  const low = Math.floor(place);
  const one = sorted[low] ?? 0;
  return one + (place - low) * ((sorted[low + 1] ?? one) - one);
}
