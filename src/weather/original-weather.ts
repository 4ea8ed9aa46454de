import type { Instant } from '../core/time.ts';
import { conditionDescription, conditionIcon, conditionMain } from './condition.ts';
import type { Observation } from './observation.ts';
import type { Place } from './place.ts';
import { QUANTITIES, QUANTITY_NAMES, type Quantity } from './quantity.ts';
import { sunTimes } from './sun.ts';

/** The fields of the original's documents that hold a quantity. */
type OriginalField = (typeof QUANTITIES)[Quantity]['originalField'] & string;

type OriginalValues = Readonly<Record<OriginalField, number | null>>;

/**
 * A reading in the shape of the original system's `weather` documents: its field names, its units (ours are the same),
 * times as text. What was not measured is `null`.
 */
export interface OriginalReading extends OriginalValues {
  readonly sunrise: string | null;
  readonly sunset: string | null;
  readonly description: string | null;
  readonly main: string | null;
  readonly icon: string | null;
  readonly lat: number;
  readonly lon: number;
  readonly region: string;
  readonly timezone: string;
  readonly timestamp: string;
}

/** `2026-07-22 12:45:00`: zone-less UTC, as the original's documents have it. */
export const stampOf = (at: Instant): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

export function originalReading(observation: Observation, place: Place): OriginalReading {
  const { condition, validAt } = observation;
  // The original's page needs both, and not every provider gives them.
  const sun = sunTimes(place.latitude, place.longitude, validAt);
  const sunriseAt = observation.sunriseAt ?? sun.sunriseAt;
  const sunsetAt = observation.sunsetAt ?? sun.sunsetAt;
  const values = {} as Record<OriginalField, number | null>;
  for (const name of QUANTITY_NAMES) {
    const field = QUANTITIES[name].originalField;
    if (field !== null) values[field] = observation.values[name];
  }
  return {
    ...values,
    sunrise: sunriseAt === null ? null : stampOf(sunriseAt),
    sunset: sunsetAt === null ? null : stampOf(sunsetAt),
    description: condition ? (condition.description ?? conditionDescription(condition.id, 'en')) : null,
    main: condition ? conditionMain(condition.id) : null,
    icon: condition ? (condition.icon ?? conditionIcon(condition.id, place, validAt)) : null,
    lat: place.latitude,
    lon: place.longitude,
    region: place.name,
    timezone: place.timeZone,
    timestamp: stampOf(validAt),
  };
}
