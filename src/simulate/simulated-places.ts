import { seededRandom } from '../core/random.ts';
import type { Place } from '../weather/place.ts';

/** `count` places: the shipped ones first, then made-up ones spread over the Sahel, the same for the same seed. */
export function simulatedPlaces(shipped: readonly Place[], count: number, seed: number): readonly Place[] {
  const random = seededRandom(seed, 'places');
  const round = (degrees: number) => Math.round(degrees * 1e4) / 1e4;
  const made = Array.from({ length: Math.max(0, count - shipped.length) }, (_, index): Place => {
    const name = `Simulated ${String(index + 1).padStart(5, '0')}`;
    return {
      id: `simulated-${String(index + 1).padStart(5, '0')}`,
      name,
      names: { fr: name, en: name },
      latitude: round(11 + 7 * random()),
      longitude: round(-17 + 40 * random()),
      elevationM: Math.round(600 * random()),
      landscape: 'savanna',
      icao: null,
      timeZone: 'UTC',
    };
  });
  return [...shipped.slice(0, count), ...made];
}
