import { DAY_MS, floorTo, HOUR_MS, type Instant } from '../../../core/time.ts';
import { solarElevationDeg } from '../../../weather/sun.ts';

/** Elevation at which the upper limb touches the horizon, refraction included, degrees. */
const HORIZON_DEG = -0.833;

/**
 * Sunrise and sunset of the solar day around `at`, to a second, by halving; `null` for both when the sun stays on one
 * side of the horizon.
 */
export function sunTimes(
  latitude: number,
  longitude: number,
  at: Instant,
): { readonly sunriseAt: Instant | null; readonly sunsetAt: Instant | null } {
  const shiftMs = (longitude / 360) * DAY_MS;
  const noonAt = floorTo(at + shiftMs, DAY_MS) + DAY_MS / 2 - shiftMs;
  const up = (instant: Instant) => solarElevationDeg(latitude, longitude, instant) > HORIZON_DEG;
  if (!up(noonAt) || up(noonAt - 12 * HOUR_MS)) return { sunriseAt: null, sunsetAt: null };
  const crossing = (downAt: Instant) => {
    let down = downAt;
    let light = noonAt;
    while (Math.abs(light - down) > 500) {
      const middle = (light + down) / 2;
      if (up(middle)) light = middle;
      else down = middle;
    }
    return Math.round(light / 1000) * 1000;
  };
  return { sunriseAt: crossing(noonAt - 12 * HOUR_MS), sunsetAt: crossing(noonAt + 12 * HOUR_MS) };
}
