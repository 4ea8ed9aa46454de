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

/** The time of day in UTC as an angle. */
export const dayAngle = (at: Instant): number => (2 * Math.PI * (at % DAY_MS)) / DAY_MS;
