import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import { GROUPS, KNOTS, KNOTS_H } from './engine-state.ts';
import { LEADS } from './features.ts';

/** The lead group (1–6, 7–24, 25–48 h) of each knot. */
export const GROUP_OF: readonly number[] = KNOTS_H.map((lead) =>
  Math.min(GROUPS - 1, lead <= 6 ? 0 : lead <= 24 ? 1 : 2),
);

/** By lead: the knot at or before it, and how far it lies on the way to the next. */
export const KNOT_BEFORE: readonly number[] = Array.from({ length: LEADS + 1 }, (_, lead) =>
  Math.max(
    0,
    Math.min(
      KNOTS - 2,
      KNOTS_H.findLastIndex((knot) => knot <= lead),
    ),
  ),
);
export const KNOT_PART: readonly number[] = KNOT_BEFORE.map((knot, lead) => {
  const [from, to] = [KNOTS_H[knot] ?? 0, KNOTS_H[knot + 1] ?? 1];
  return Math.max(0, (lead - from) / (to - from));
});

/** The hour of the day in UTC that an instant is nearest to. */
export const hourOf = (at: Instant): number => ((Math.round(at / HOUR_MS) % 24) + 24) % 24;

/** Waves at the hours of the day, so many ms after the full hour: those of most instants are computed once. */
const sines = new Float64Array(24).fill(Number.NaN);
const cosines = new Float64Array(24);
let wavesAfterMs = 0;

/** Writes sine and cosine of the time of day in UTC as an angle to `into[from]` and `into[from + 1]`. */
export function dayWave(at: Instant, into: Float64Array, from: number): void {
  const timeOfDay = ((at % DAY_MS) + DAY_MS) % DAY_MS;
  const afterMs = timeOfDay % HOUR_MS;
  const hour = (timeOfDay - afterMs) / HOUR_MS;
  if (afterMs !== wavesAfterMs) {
    wavesAfterMs = afterMs;
    sines.fill(Number.NaN);
  }
  if (Number.isNaN(sines[hour] ?? Number.NaN)) {
    const angle = (2 * Math.PI * timeOfDay) / DAY_MS;
    sines[hour] = Math.sin(angle);
    cosines[hour] = Math.cos(angle);
  }
  into[from] = sines[hour] ?? 0;
  into[from + 1] = cosines[hour] ?? 1;
}
