import { type Place, slugOf } from '../weather/place.ts';

/**
 * Finds the configured place that a record means, from what it says as it says it: `hmt_placeId`, `region_name`, `lat`,
 * `lon`; `null` when it means none of them.
 */
export type PlaceFinder = (id: unknown, name: unknown, latitude: unknown, longitude: unknown) => Place | null;

/**
 * OpenWeatherMap answers with coordinates rounded to four decimals, and some models with those of their grid cell:
 * 0.05° (5.5 km) is far less than the distance between two places, and more than any rounding.
 */
const NEAR_DEG = 0.05;

/** Foreign spellings kept at most: a sender that invents names must not fill the memory. */
const SPELLINGS = 10_000;

/**
 * The first of these that the record gives decides, so that a place it names is never taken for a neighbour: the id
 * (`hmt_placeId`), the name regardless of case, accents and punctuation (`region_name`), or else the coordinates.
 */
export function placeFinder(places: readonly Place[]): PlaceFinder {
  const byId = new Map(places.map((place) => [place.id, place]));
  const bySlug = new Map<string, Place>();
  for (const place of places)
    for (const name of [place.names.en, place.names.fr, place.id, place.name]) bySlug.set(slugOf(name), place);
  const bySpelling = new Map<string, Place | null>();

  const named = (name: string): Place | null => {
    const known = bySpelling.get(name);
    if (known !== undefined) return known;
    const place = name.length > 200 ? null : (bySlug.get(slugOf(name)) ?? null);
    if (bySpelling.size >= SPELLINGS) bySpelling.clear();
    bySpelling.set(name, place);
    return place;
  };

  return (id, name, latitude, longitude) => {
    if (id !== undefined && id !== null) return typeof id === 'string' ? (byId.get(id) ?? null) : null;
    if (name !== undefined && name !== null) return typeof name === 'string' ? named(name) : null;
    if (typeof latitude !== 'number' || typeof longitude !== 'number') return null;
    return nearest(places, latitude, longitude);
  };
}

function nearest(places: readonly Place[], latitude: number, longitude: number): Place | null {
  let best: Place | null = null;
  let bestDeg = NEAR_DEG;
  for (const place of places) {
    const northDeg = place.latitude - latitude;
    if (Math.abs(northDeg) > bestDeg) continue;
    const apartDeg = Math.abs(place.longitude - longitude);
    const eastDeg = Math.min(apartDeg, 360 - apartDeg) * Math.cos((latitude * Math.PI) / 180);
    const distanceDeg = Math.hypot(northDeg, eastDeg);
    if (distanceDeg <= bestDeg) [best, bestDeg] = [place, distanceDeg];
  }
  return best;
}
