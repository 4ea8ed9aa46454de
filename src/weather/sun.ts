import { DAY_MS, type Instant } from '../core/time.ts';

const RADIANS = Math.PI / 180;

/**
 * Elevation of the sun's centre above the horizon, degrees, without refraction. NOAA's low-precision formulas (Meeus,
 * Astronomical Algorithms, chapter 25): within 0.1° for the years 1901–2099.
 */
export function solarElevationDeg(latitude: number, longitude: number, at: Instant): number {
  const days = at / DAY_MS - 10_957.5;
  const meanAnomaly = (357.529 + 0.98560028 * days) * RADIANS;
  const meanLongitude = 280.459 + 0.98564736 * days;
  const eclipticLongitude =
    (meanLongitude + 1.915 * Math.sin(meanAnomaly) + 0.02 * Math.sin(2 * meanAnomaly)) * RADIANS;
  const obliquity = (23.439 - 0.00000036 * days) * RADIANS;
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(eclipticLongitude));
  const rightAscension = Math.atan2(Math.cos(obliquity) * Math.sin(eclipticLongitude), Math.cos(eclipticLongitude));
  const siderealDeg = 280.46061837 + 360.98564736629 * days + longitude;
  const hourAngle = siderealDeg * RADIANS - rightAscension;
  const phi = latitude * RADIANS;
  return (
    Math.asin(Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(hourAngle)) /
    RADIANS
  );
}
