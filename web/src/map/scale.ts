import type { Shown } from '../app/quantities.ts';

/** Where one colour ends and the next begins, in the API's unit: the same colour is the same value on every day. */
const LIMITS: Readonly<Record<Shown, readonly number[]>> = {
  temperatureC: [18, 22, 26, 30, 34, 38],
  humidityPct: [15, 30, 45, 60, 75, 90],
  windSpeedMps: [1.5, 3, 5, 8, 11, 14],
  rain1hMm: [0.1, 0.5, 1, 2, 5, 10],
  visibilityM: [1000, 2000, 4000, 6000, 8000, 10_000],
  pressureHpa: [1002, 1005, 1008, 1011, 1014, 1017],
};

/** The colour of a value: 1 to 7. */
export const stepOf = (quantity: Shown, value: number): number =>
  1 + LIMITS[quantity].filter((limit) => value >= limit).length;

/** What each colour begins with; the first has no beginning. */
export const limitsOf = (quantity: Shown): readonly number[] => LIMITS[quantity];
