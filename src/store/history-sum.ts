import type { Instant } from '../core/time.ts';
import type { HistoryBucket } from './store.ts';

/** What the readings of one bucket sum up to; `eastward` and `northward` sum unit vectors, for directions. */
export interface HistorySum {
  count: number;
  min: number;
  max: number;
  total: number;
  eastward: number;
  northward: number;
}

export const emptySum = (): HistorySum => ({
  count: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  total: 0,
  eastward: 0,
  northward: 0,
});

/**
 * The bucket of a sum that is not empty. The mean of a direction (`circular`) is the direction of the mean vector; of
 * opposite winds without one it is the arithmetic mean.
 */
export function bucketFrom(at: Instant, sum: HistorySum, circular: boolean): HistoryBucket {
  const { count, min, max, total, eastward, northward } = sum;
  const length = Math.hypot(eastward, northward) / count;
  const degrees = (Math.atan2(eastward, northward) * 180) / Math.PI;
  const mean = circular && length > 1e-6 ? (degrees + 360) % 360 : total / count;
  return { at, min, mean, max, count };
}
