import { HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import type { ObservationStore, StoredObservation } from '../store/store.ts';
import type { Prediction } from '../weather/prediction.ts';
import type { HeldMemory } from './memory-shelf.ts';

/** A series this far behind the place's newest reading still speaks for the place. */
const FRESH_MS = 90 * MINUTE_MS;
/** Most readings of a place within that time that are looked through. */
const RECENT_ROWS = 200;

/** The next `hours` full hours after `at`. */
export function fullHoursAfter(at: Instant, hours: number): readonly Instant[] {
  const firstHour = Math.floor(at / HOUR_MS) + 1;
  return Array.from({ length: hours }, (_, lead) => (firstHour + lead) * HOUR_MS);
}

const rankIn = (preference: readonly string[], source: string): number => {
  const rank = preference.indexOf(source);
  return rank < 0 ? preference.length : rank;
};

/** Whether none of `others` is preferred to `source`. */
export const isPreferred = (source: string, others: Iterable<string>, preference: readonly string[]): boolean =>
  Array.from(others).every((other) => rankIn(preference, source) <= rankIn(preference, other));

/**
 * The reading that a place is forecast from, given its newest: the newest one of the most preferred source that is heard
 * of within 90 minutes before it. So a thermometer that reports once an hour is not left for an analysis that comes four
 * times an hour, and is left when it falls silent. Sources that are not in `preference` come after all others.
 */
export async function issuingReading(
  observations: ObservationStore,
  newest: StoredObservation,
  preference: readonly string[],
): Promise<StoredObservation> {
  const { items } = await observations.query({
    placeId: newest.placeId,
    from: newest.validAt - FRESH_MS,
    to: newest.validAt + 1,
    which: 'all',
    order: 'desc',
    limit: RECENT_ROWS,
  });
  let chosen = newest;
  for (const row of items)
    if (row.values.temperatureC !== null && rankIn(preference, row.source) < rankIn(preference, chosen.source))
      chosen = row;
  return chosen;
}

/**
 * The forecast from the reading that a place is forecast from; `null` when its series' memory has not learnt that
 * reading: the checks doubt it, or the feed has not come so far.
 */
export function issueFrom(reading: StoredObservation, held: HeldMemory, horizonHours: number): Prediction | null {
  if (held.source !== reading.source || held.memory.newestAt !== reading.validAt) return null;
  const validAt = fullHoursAfter(reading.validAt, horizonHours);
  const { model, tier, calibration, meanC, quantilesC } = held.memory.forecast(reading.validAt, validAt);
  const { placeId, source } = held;
  return { placeId, issuedAt: reading.validAt, model, tier, calibration, source, validAt, meanC, quantilesC };
}
