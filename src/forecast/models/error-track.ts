import { HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';

/** Leads at which the forecaster checks itself, hours. */
export const LEADS_HOURS: readonly number[] = [1, 2, 3, 6, 12, 18, 24, 36, 48];

/**
 * Mean absolute errors in °C at `LEADS_HOURS`, of this forecaster on the stations that may be shipped from, each from its
 * second month on: persistence (less than a day of history), and the profile. `npx harmattan backtest` prints them.
 */
const PRIOR_PERSISTENCE_C: readonly number[] = [0.86, 1.55, 2.18, 3.8, 5.24, 4.29, 2.51, 5.67, 3.25];
const PRIOR_PROFILE_C: readonly number[] = [0.7, 1.06, 1.33, 1.85, 2.28, 2.4, 2.45, 2.7, 2.85];

/** Verified forecasts of one lead before its own errors are believed. */
const ENOUGH = 48;
/** Share of a new error in the running mean: about two weeks of hourly forecasts. */
const NEW_SHARE = 1 / 336;
/** A reading this far from a forecast's target still verifies it. */
const TOLERANCE_MS = 8 * MINUTE_MS;
const LONGEST_PENDING = 64;
const PENDING_VALUES = 1 + LEADS_HOURS.length;

/** The forecaster's own record: what it said at each lead, and by how much it was wrong. Bounded. */
export interface ErrorTrack {
  /** Notes what was forecast from `originAt` for each of `LEADS_HOURS`. */
  expect(originAt: Instant, meanC: readonly number[]): void;
  /** Checks every pending forecast for this instant. */
  verify(validAt: Instant, temperatureC: number): void;
  /** Between the leads it is linear; beyond the last it stays. */
  meanAbsoluteErrorC(leadHours: number, profiled: boolean): number;
  /** Whether the errors come from this place alone. */
  isLocal(): boolean;
  dump(): Float64Array;
  load(values: Float64Array): void;
}

export function errorTrack(): ErrorTrack {
  const count = new Float64Array(LEADS_HOURS.length);
  const meanC = new Float64Array(LEADS_HOURS.length);
  let pending: number[][] = [];
  const isLocal = () => count.every((verified) => verified >= ENOUGH);

  return {
    isLocal,
    expect(originAt, forecast) {
      pending.push([originAt, ...forecast]);
      if (pending.length > LONGEST_PENDING) pending = pending.slice(-LONGEST_PENDING);
    },
    verify(validAt, temperatureC) {
      for (const entry of pending) {
        const originAt = entry[0] ?? 0;
        const lead = LEADS_HOURS.findIndex((hours) => Math.abs(validAt - originAt - hours * HOUR_MS) <= TOLERANCE_MS);
        const expected = entry[lead + 1];
        if (lead < 0 || expected === undefined || Number.isNaN(expected)) continue;
        const verified = (count[lead] ?? 0) + 1;
        const share = Math.max(1 / verified, NEW_SHARE);
        meanC[lead] = (meanC[lead] ?? 0) + share * (Math.abs(temperatureC - expected) - (meanC[lead] ?? 0));
        count[lead] = verified;
        entry[lead + 1] = Number.NaN;
      }
      const oldestAt = validAt - 49 * HOUR_MS;
      if ((pending[0]?.[0] ?? validAt) < oldestAt) pending = pending.filter(([originAt = 0]) => originAt >= oldestAt);
    },
    meanAbsoluteErrorC(leadHours, profiled) {
      const prior = profiled ? PRIOR_PROFILE_C : PRIOR_PERSISTENCE_C;
      return between(isLocal() ? meanC : prior, leadHours);
    },
    dump: () => Float64Array.from([...count, ...meanC, ...pending.flat()]),
    load(values) {
      const leads = LEADS_HOURS.length;
      count.set(values.subarray(0, leads));
      meanC.set(values.subarray(leads, 2 * leads));
      pending = [];
      for (let at = 2 * leads; at < values.length; at += PENDING_VALUES)
        pending.push([...values.subarray(at, at + PENDING_VALUES)]);
    },
  };
}

/** Linear between the leads; below the first it falls with the root of the lead, as a wandering value's error does. */
function between(errors: ArrayLike<number>, leadHours: number): number {
  const first = LEADS_HOURS[0] ?? 1;
  if (leadHours <= first) return (errors[0] ?? 0) * Math.sqrt(Math.max(leadHours, 0.05) / first);
  for (let index = 1; index < LEADS_HOURS.length; index++) {
    const [from, to] = [LEADS_HOURS[index - 1] ?? 0, LEADS_HOURS[index] ?? 0];
    if (leadHours > to) continue;
    const part = (leadHours - from) / (to - from);
    return (1 - part) * (errors[index - 1] ?? 0) + part * (errors[index] ?? 0);
  }
  return errors[LEADS_HOURS.length - 1] ?? 0;
}
