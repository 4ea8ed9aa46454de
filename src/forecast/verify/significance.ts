import { seededRandom } from '../../core/random.ts';
import type { Instant } from '../../core/time.ts';

/** Whether a difference of two forecasts' errors is more than chance. */
export interface Verdict {
  readonly verdict: 'better' | 'tie' | 'worse';
  /** Diebold–Mariano statistic with the correction for small samples; negative: the first forecast errs less. */
  readonly statistic: number;
  readonly n: number;
}

/** Two-sided at 10 %: the normal quantile of 0.95. */
const CRITICAL = 1.6449;
const LEAST_PAIRS = 20;

/**
 * Diebold–Mariano test of equal mean loss. `differences[t]` = loss of the first forecast − loss of the second, in the
 * order of issue. Errors of forecasts `lag + 1` steps ahead are correlated up to `lag` steps: the long-run variance takes
 * that many autocovariances with Bartlett weights, which keep it positive. Small samples are corrected after Harvey,
 * Leybourne and Newbold.
 *
 * Diebold, F. X., and R. S. Mariano, 1995: Comparing Predictive Accuracy. J. Bus. Econ. Stat., 13, 253–263. Harvey, D., S.
 * Leybourne and P. Newbold, 1997: Testing the equality of prediction mean squared errors. Int. J. Forecasting, 13, 281–291.
 * Newey, W. K., and K. D. West, 1987. Econometrica, 55, 703–708.
 *
 * @returns `null` for fewer than 20 pairs
 */
export function dieboldMariano(differences: ArrayLike<number>, lag: number): Verdict | null {
  const n = differences.length;
  if (n < LEAST_PAIRS) return null;
  let mean = 0;
  for (let t = 0; t < n; t++) mean += differences[t] ?? 0;
  mean /= n;
  const bound = Math.min(lag, Math.floor(n / 4));
  let variance = 0;
  for (let k = 0; k <= bound; k++) {
    let covariance = 0;
    for (let t = k; t < n; t++) covariance += ((differences[t] ?? 0) - mean) * ((differences[t - k] ?? 0) - mean);
    variance += (covariance / n) * (k === 0 ? 1 : 2 * (1 - k / (bound + 1)));
  }
  if (!(variance > 0)) return { verdict: mean === 0 ? 'tie' : mean < 0 ? 'better' : 'worse', statistic: 0, n };
  const h = bound + 1;
  const correction = Math.sqrt(Math.max(0, (n + 1 - 2 * h + (h * (h - 1)) / n) / n));
  const statistic = (correction * mean) / Math.sqrt(variance / n);
  return { verdict: statistic < -CRITICAL ? 'better' : statistic > CRITICAL ? 'worse' : 'tie', statistic, n };
}

/** The band in which a mean lies, with the chance of error split over both ends. */
export interface Band {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 500;
const LEAST_BLOCKS = 5;
const SEED = 19_950_301;

/**
 * The 90 % band of the mean of `values` by a block bootstrap: whole blocks of time are drawn with replacement, so that
 * errors of neighbouring issues stay together. Deterministic. `null` when there are fewer than five blocks.
 *
 * Künsch, H. R., 1989: The Jackknife and the Bootstrap for General Stationary Observations. Ann. Statist., 17, 1217–1241.
 */
export function blockBootstrapBand(
  issuedAt: ArrayLike<Instant>,
  values: ArrayLike<number>,
  blockMs: number,
): Band | null {
  const sums = new Map<number, { sum: number; n: number }>();
  for (let index = 0; index < values.length; index++) {
    const key = Math.floor((issuedAt[index] ?? 0) / blockMs);
    const block = sums.get(key) ?? { sum: 0, n: 0 };
    block.sum += values[index] ?? 0;
    block.n++;
    sums.set(key, block);
  }
  const blocks = [...sums.values()];
  if (blocks.length < LEAST_BLOCKS) return null;
  const random = seededRandom(SEED, 'block-bootstrap');
  const means = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let sum = 0;
    let n = 0;
    for (let draw = 0; draw < blocks.length; draw++) {
      const block = blocks[Math.floor(random() * blocks.length)];
      sum += block?.sum ?? 0;
      n += block?.n ?? 0;
    }
    means[resample] = sum / n;
  }
  means.sort();
  return { low: means[Math.floor(RESAMPLES * 0.05)] ?? 0, high: means[Math.ceil(RESAMPLES * 0.95) - 1] ?? 0 };
}
