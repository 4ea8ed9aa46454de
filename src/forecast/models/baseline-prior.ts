/**
 * What the baseline believes before a place has errors of its own: pooled over measured stations by
 * `node scripts/baseline-prior.ts DIR`, which prints this table. Order of leads: 1, 2, 3, 6, 12, 18, 24, 36, 48 h.
 */
export interface BaselinePrior {
  /** Share of the present anomaly that is left at each lead, where the profile has one day, and where it has many. */
  readonly keptOfOneDay: readonly number[];
  readonly keptOfManyDays: readonly number[];
  /** Mean absolute error at each lead, °C: of persistence, and of the profile after one day, a week, a month. */
  readonly scaleC: Readonly<Record<'persistence' | 'day' | 'week' | 'month', readonly number[]>>;
  /** Quantiles of error / scale at the 19 levels. */
  readonly shape: Readonly<Record<'persistence' | 'profile', readonly number[]>>;
}

export const BASELINE_PRIOR: BaselinePrior = {
  keptOfOneDay: [0.95, 0.9, 0.84, 0.65, 0.34, 0.12, 0.83, 0.21, 0.66],
  keptOfManyDays: [0.98, 0.95, 0.92, 0.82, 0.66, 0.61, 0.64, 0.42, 0.4],
  scaleC: {
    persistence: [0.83, 1.49, 2.11, 3.69, 5.13, 4.29, 2.69, 5.72, 3.54],
    day: [0.8, 1.17, 1.47, 2.04, 2.53, 2.67, 2.68, 3.53, 3.44],
    week: [0.64, 0.96, 1.23, 1.82, 2.37, 2.51, 2.58, 3.1, 3.19],
    month: [0.62, 0.93, 1.19, 1.78, 2.33, 2.46, 2.56, 3.03, 3.14],
  },
  shape: {
    persistence: [
      -2.05, -1.54, -1.24, -1.03, -0.78, -0.65, -0.47, -0.32, -0.17, 0, 0, 0.22, 0.39, 0.59, 0.78, 1.04, 1.33, 1.65,
      2.25,
    ],
    profile: [
      -2.22, -1.58, -1.21, -0.94, -0.72, -0.54, -0.37, -0.23, -0.09, 0.05, 0.18, 0.32, 0.46, 0.61, 0.78, 0.98, 1.23,
      1.57, 2.12,
    ],
  },
};
