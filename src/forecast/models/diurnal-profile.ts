import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';

/** Number of values that `dump` gives: 24 sums, 24 weights, and the instant that weights refer to. */
export const PROFILE_VALUES = 49;

/** A reading's weight falls by half in this time: slow enough for a stable mean, quick enough to follow the season. */
const HALF_LIFE_MS = 14 * DAY_MS;
const DECAY = Math.LN2 / HALF_LIFE_MS;
/** Weights are brought to a new reference before their exponents can overflow. */
const REBASE_MS = 200 * DAY_MS;

/** The mean day of a place: temperature by hour of the day in UTC, old readings fading. */
export interface DiurnalProfile {
  /** Adds `value` with relative weight `weight`; `weight` 0 corrects a value that was learnt at this instant by a difference. */
  learn(at: Instant, value: number, weight: 0 | 1): void;
  /** Expected temperature at the time of day of `at`, °C, linear between the middles of the hours. Only when whole. */
  at(at: Instant): number;
  /** Whether every hour of the day has been seen. */
  isWhole(): boolean;
  dump(): Float64Array;
  load(values: Float64Array): void;
}

export function diurnalProfile(): DiurnalProfile {
  const sums = new Float64Array(24);
  const weights = new Float64Array(24);
  let referenceAt: Instant | null = null;
  let seenHours = 0;

  const rebase = (toAt: Instant) => {
    const factor = Math.exp(DECAY * ((referenceAt ?? toAt) - toAt));
    for (let hour = 0; hour < 24; hour++) {
      sums[hour] = (sums[hour] ?? 0) * factor;
      weights[hour] = (weights[hour] ?? 0) * factor;
    }
    referenceAt = toAt;
  };
  const meanOf = (hour: number) => (sums[hour] ?? 0) / (weights[hour] ?? 1);

  return {
    learn(at, value, weight) {
      referenceAt ??= at;
      if (at - referenceAt > REBASE_MS) rebase(at);
      const share = Math.exp(DECAY * (at - referenceAt));
      const hour = Math.floor((at % DAY_MS) / HOUR_MS);
      sums[hour] = (sums[hour] ?? 0) + share * value;
      if (weight === 0) return;
      if (weights[hour] === 0) seenHours++;
      weights[hour] = (weights[hour] ?? 0) + share;
    },
    at(at) {
      const middle = (at % DAY_MS) / HOUR_MS - 0.5;
      const before = Math.floor(middle);
      const part = middle - before;
      return (1 - part) * meanOf((before + 24) % 24) + part * meanOf((before + 25) % 24);
    },
    isWhole: () => seenHours === 24,
    dump: () => Float64Array.from([...sums, ...weights, referenceAt ?? Number.NaN]),
    load(values) {
      sums.set(values.subarray(0, 24));
      weights.set(values.subarray(24, 48));
      const reference = values[48] ?? Number.NaN;
      referenceAt = Number.isNaN(reference) ? null : reference;
      seenHours = weights.filter((weight) => weight > 0).length;
    },
  };
}
