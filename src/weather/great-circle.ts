/** A point on the earth, degrees. */
interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

const EARTH_RADIUS_KM = 6371.0088;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/**
 * Distance along the surface, km, on a sphere of the earth's mean radius (IUGG): within 0.6 % of the ellipsoid's. By the
 * haversine formula, which keeps its digits for near points (Sinnott, R. W., 1984: Virtues of the Haversine. Sky and
 * Telescope, 68(2), 159).
 */
export function greatCircleKm(one: Point, other: Point): number {
  const [a, b] = [radians(one.latitude), radians(other.latitude)];
  const h =
    Math.sin((b - a) / 2) ** 2 +
    Math.cos(a) * Math.cos(b) * Math.sin(radians(other.longitude - one.longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
