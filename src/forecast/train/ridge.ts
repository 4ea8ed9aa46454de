import { backwardSolve, choleskyInPlace, forwardSolve } from '../models/cholesky.ts';
import { COLUMNS, LEADS, TIER_COLUMNS, YEAR_TIER } from '../models/features.ts';
import type { Gram } from './gram.ts';

/** Penalty of a coefficient, as a share of its column's mean square. */
export const RIDGE_SHARE = 0.0003;

/** Coefficients by tier, then lead (0 is +1 h). */
export type Coefficients = readonly (readonly Float64Array[])[];

/**
 * Ridge regression of each lead and tier (Hoerl & Kennard 1970): (XᵀX + P)·b = Xᵀy with P the penalty times the diagonal
 * of XᵀX. Lower tiers use leading columns, so that one factor serves them all; the year's tier has rows of its own.
 */
export function ridge(below: Gram, year: Gram, share = RIDGE_SHARE): Coefficients {
  const tiers: Float64Array[][] = Array.from({ length: YEAR_TIER + 1 }, () => []);
  for (let lead = 0; lead < LEADS; lead++)
    for (const [gram, from, to] of [
      [below, 0, YEAR_TIER - 1],
      [year, YEAR_TIER, YEAR_TIER],
    ] as const) {
      const { matrix, right } = gram.system(lead);
      for (let column = 0; column < COLUMNS; column++) {
        const place = column * COLUMNS + column;
        matrix[place] = (1 + share) * (matrix[place] ?? 0) + 1e-6;
      }
      choleskyInPlace(matrix, COLUMNS);
      const z = forwardSolve(matrix, COLUMNS, right);
      for (let tier = from; tier <= to; tier++)
        tiers[tier]?.push(backwardSolve(matrix, COLUMNS, z, TIER_COLUMNS[tier] ?? 0));
    }
  return tiers;
}
