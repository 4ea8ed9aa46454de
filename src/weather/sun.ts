import { DAY_MS, type Instant } from '../core/time.ts';

const RADIANS = Math.PI / 180;
/** The sky turns once in a sidereal day: degrees in a day of the clock. */
const TURN_DEG = 360.98564736629;
/** Elevation of the sun's centre when its upper limb, lifted by refraction, touches the horizon. */
const HORIZON_DEG = -0.833;

/** Where the sun stands over a longitude. */
export interface SunPosition {
  /** Radians, north positive. */
  readonly declination: number;
  /** Angle past the meridian, radians in [−π, π), west positive. */
  readonly hourAngle: number;
}

/** NOAA's low-precision formulas: Meeus, Astronomical Algorithms, chapter 25. Within 0.01° for the years 1950–2050. */
export function sunPosition(longitude: number, at: Instant): SunPosition {
  const days = at / DAY_MS - 10_957.5;
  const meanAnomaly = (357.529 + 0.98560028 * days) * RADIANS;
  const meanLongitude = 280.459 + 0.98564736 * days;
  const eclipticLongitude =
    (meanLongitude + 1.915 * Math.sin(meanAnomaly) + 0.02 * Math.sin(2 * meanAnomaly)) * RADIANS;
  const obliquity = (23.439 - 0.00000036 * days) * RADIANS;
  const rightAscension = Math.atan2(Math.cos(obliquity) * Math.sin(eclipticLongitude), Math.cos(eclipticLongitude));
  const siderealDeg = 280.46061837 + TURN_DEG * days + longitude;
  const angle = siderealDeg * RADIANS - rightAscension;
  return {
    declination: Math.asin(Math.sin(obliquity) * Math.sin(eclipticLongitude)),
    hourAngle: angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI)),
  };
}

/**
 * Elevation of the sun's centre above the horizon, degrees, without refraction. Within 0.1° for the years 1901–2099;
 * NaN for a place or an instant that is not finite.
 */
export function solarElevationDeg(latitude: number, longitude: number, at: Instant): number {
  const { declination, hourAngle } = sunPosition(longitude, at);
  const phi = latitude * RADIANS;
  return (
    Math.asin(Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(hourAngle)) /
    RADIANS
  );
}

/** One day of the sun at a place. */
export interface SunTimes {
  /** When the sun stands in the meridian. */
  readonly noonAt: Instant;
  /** When the upper limb appears; `null` when the sun does not rise or set that day (polar day and night). */
  readonly sunriseAt: Instant | null;
  readonly sunsetAt: Instant | null;
}

/**
 * Sunrise, noon and sunset of the solar day that `at` lies in: the one whose noon is nearest. Within a minute at
 * latitudes up to 65°, at sea level with a free horizon and standard refraction (34'); near the poles, where the sun
 * grazes the horizon, within some minutes.
 *
 * https://gml.noaa.gov/grad/solcalc/solareqns.PDF
 */
export function sunTimes(latitude: number, longitude: number, at: Instant): SunTimes {
  const noonAt = at - eventShift(sunPosition(longitude, at).hourAngle);
  const sunriseAt = crossing(latitude, longitude, noonAt, -1);
  const sunsetAt = crossing(latitude, longitude, noonAt, 1);
  const both = sunriseAt !== null && sunsetAt !== null;
  return {
    noonAt: Math.round(noonAt),
    sunriseAt: both ? Math.round(sunriseAt) : null,
    sunsetAt: both ? Math.round(sunsetAt) : null,
  };
}

/** How long the sky takes to turn by an angle, ms. */
const eventShift = (angle: number) => (angle / RADIANS / 360) * DAY_MS;

/** When the sun crosses the horizon before (−1) or after (+1) noon; the declination is that of the crossing itself. */
function crossing(latitude: number, longitude: number, noonAt: number, side: -1 | 1): number | null {
  const phi = latitude * RADIANS;
  let at = noonAt;
  for (let step = 0; step < 4; step++) {
    const { declination, hourAngle } = sunPosition(longitude, at);
    const cosine =
      (Math.sin(HORIZON_DEG * RADIANS) - Math.sin(phi) * Math.sin(declination)) /
      (Math.cos(phi) * Math.cos(declination));
    // NaN too: a place that is none has no sunrise.
    if (!(Math.abs(cosine) <= 1)) return null;
    // The hour angle of a crossing close to midnight may come out on the other side of ±180°.
    const past = side * hourAngle < -Math.PI / 2 && step > 0 ? hourAngle + side * 2 * Math.PI : hourAngle;
    at += eventShift(side * Math.acos(cosine) - past);
  }
  return at;
}
