import { HOUR_MS, type Instant } from '../core/time.ts';
import type { StoredObservation } from '../store/store.ts';
import type { Prediction } from '../weather/prediction.ts';
import type { HeldMemory } from './memory-shelf.ts';

/** The next `hours` full hours after `at`. */
export function fullHoursAfter(at: Instant, hours: number): readonly Instant[] {
  const firstHour = Math.floor(at / HOUR_MS) + 1;
  return Array.from({ length: hours }, (_, lead) => (firstHour + lead) * HOUR_MS);
}

/**
 * The forecast from a place's newest reading; `null` when its series' memory has not learnt that reading: the checks
 * doubt it, or the feed has not come so far.
 */
export function issueFrom(newest: StoredObservation, held: HeldMemory, horizonHours: number): Prediction | null {
  if (held.source !== newest.source || held.memory.newestAt !== newest.validAt) return null;
  const validAt = fullHoursAfter(newest.validAt, horizonHours);
  const { model, tier, calibration, meanC, quantilesC } = held.memory.forecast(newest.validAt, validAt);
  const { placeId, source } = held;
  return { placeId, issuedAt: newest.validAt, model, tier, calibration, source, validAt, meanC, quantilesC };
}
