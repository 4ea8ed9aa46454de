import { HOUR_MS, type Instant, SECOND_MS, toRfc3339 } from '../core/time.ts';
import { type Lateness, latenessOf } from '../ledger/lateness.ts';
import type { Slot } from '../ledger/ledger.ts';
import type { StoredObservation } from '../store/store.ts';
import { conditionDescription, conditionIcon, conditionMain } from '../weather/condition.ts';
import type { Place } from '../weather/place.ts';
import { LEVELS, type Prediction, THINNED_LEVELS } from '../weather/prediction.ts';
import { noValues, QUANTITY_NAMES } from '../weather/quantity.ts';
import type { Coming, ForecastReply, Freshness, ObservationReply, PlaceReply, SlotReply } from './contract.ts';
import type { Cadence } from './program.ts';

/** From the program's own records to what the API says: the one way out. */

export const instantOf = (at: Instant | null): string | null => (at === null ? null : toRfc3339(at));

/** A stored observation, flat. `place` gives day or night to the icon; without one it stays as the sender had it. */
export function observationReply(row: StoredObservation, place: Place | undefined): ObservationReply {
  const { condition } = row;
  const icon = condition && (condition.icon ?? (place ? conditionIcon(condition.id, place, row.validAt) : null));
  const values = noValues();
  for (const name of QUANTITY_NAMES) values[name] = row.values[name];
  return {
    placeId: row.placeId,
    validAt: toRfc3339(row.validAt),
    receivedAt: toRfc3339(row.receivedAt),
    source: row.source,
    kind: row.kind,
    ...values,
    slotAt: instantOf(row.slotAt),
    issuedAt: instantOf(row.issuedAt),
    conditionId: condition?.id ?? null,
    conditionMain: condition ? conditionMain(condition.id) : null,
    condition: condition ? (condition.description ?? conditionDescription(condition.id, 'en')) : null,
    conditionFr: condition ? conditionDescription(condition.id, 'fr') : null,
    conditionIcon: icon,
    sunriseAt: instantOf(row.sunriseAt),
    sunsetAt: instantOf(row.sunsetAt),
    flags: row.flags.map(({ quantity, reason, original }) => ({ quantity, reason, original })),
    corrections: row.corrections,
  };
}

/** When a reading turns late and when it turns missing; `null` where nothing is expected. */
export const staleAfter = (cadence: Cadence | null): Lateness | null => cadence && latenessOf(cadence);

/** What a reading's age says about a place: that of its valid time, or of the slot that it answered where that is later. */
export function freshnessOf(
  reading: Pick<StoredObservation, 'validAt' | 'slotAt'> | null,
  cadence: Cadence | null,
  now: Instant,
): Freshness {
  if (reading === null) return 'empty';
  const after = staleAfter(cadence);
  const ageMs = now - answeredAt(reading);
  if (!after || ageMs < after.lateMs) return 'fresh';
  return ageMs < after.missingMs ? 'late' : 'missing';
}

/** A source may tell at the slot what it measured minutes before: it is on time then. */
export const answeredAt = ({ validAt, slotAt }: Pick<StoredObservation, 'validAt' | 'slotAt'>): Instant =>
  Math.max(validAt, slotAt ?? validAt);

export function placeReply(
  place: Place,
  latest: StoredObservation | undefined,
  cadence: Cadence | null,
  now: Instant,
): PlaceReply {
  const { id, name, names, latitude, longitude, elevationM, landscape, icao, timeZone } = place;
  return {
    id,
    name,
    names: { ...names },
    latitude,
    longitude,
    elevationM,
    landscape,
    icao,
    timeZone,
    state: freshnessOf(latest ?? null, cadence, now),
    ageSeconds: latest ? Math.max(0, Math.round((now - latest.validAt) / SECOND_MS)) : null,
    latest: latest ? observationReply(latest, place) : null,
  };
}

export function slotReply(slot: Slot): SlotReply {
  return {
    placeId: slot.placeId,
    slotAt: toRfc3339(slot.slotAt),
    state: slot.state,
    reason: slot.reason,
    detail: slot.detail,
    arrivedAt: instantOf(slot.arrivedAt),
    lateSeconds: slot.arrivedAt === null ? null : Math.round((slot.arrivedAt - slot.slotAt) / SECOND_MS),
    validAt: instantOf(slot.validAt),
    source: slot.source,
  };
}

/** Levels and rows of a forecast, whole or thinned; rows are `null` where no band is kept. */
function bandsOf(prediction: Prediction) {
  const rows = prediction.quantilesC ?? prediction.thinnedC ?? null;
  return { levels: prediction.quantilesC === null && rows !== null ? THINNED_LEVELS : LEVELS, rows };
}

/** A forecast's leads up to `horizonHours` after its issue. */
export function forecastReply(prediction: Prediction, horizonHours: number): Omit<ForecastReply, 'attribution'> {
  const { placeId, issuedAt, model, tier, calibration, source, validAt, meanC } = prediction;
  const { levels, rows } = bandsOf(prediction);
  return {
    placeId,
    issuedAt: toRfc3339(issuedAt),
    model,
    tier,
    calibration,
    source,
    levels: [...levels],
    hours: validAt.flatMap((at, lead) => {
      const mean = meanC[lead];
      if (mean === undefined || at > issuedAt + horizonHours * HOUR_MS) return [];
      const quantilesC = rows?.[lead] ?? null;
      const leadHours = Math.round(((at - issuedAt) / HOUR_MS) * 1000) / 1000;
      return [{ validAt: toRfc3339(at), leadHours, meanC: mean, quantilesC: quantilesC && [...quantilesC] }];
    }),
  };
}

/** The leads of a forecast after `now`, at most `count`, with the band that holds 8 times in 10. */
export function comingHours(prediction: Prediction | null, now: Instant, count = 3): Coming[] {
  if (!prediction) return [];
  const { levels, rows } = bandsOf(prediction);
  const [low, high] = [levels.indexOf(0.1), levels.indexOf(0.9)];
  return prediction.validAt
    .flatMap((at, lead) => {
      const meanC = prediction.meanC[lead];
      if (at <= now || meanC === undefined) return [];
      const row = rows?.[lead];
      return [{ validAt: toRfc3339(at), meanC, lowC: row?.[low] ?? null, highC: row?.[high] ?? null }];
    })
    .slice(0, count);
}
