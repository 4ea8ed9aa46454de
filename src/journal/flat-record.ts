import { createHash } from 'node:crypto';
import { type Instant, toRfc3339 } from '../core/time.ts';
import { conditionDescription, conditionIcon, conditionMain } from '../weather/condition.ts';
import type { Observation } from '../weather/observation.ts';
import type { Place } from '../weather/place.ts';
import { QUANTITIES, QUANTITY_NAMES } from '../weather/quantity.ts';
import { sunTimes } from '../weather/sun.ts';
import type { JournalMessage } from './journal.ts';
import { EVENT_TYPES, eventHeaders } from './topics.ts';

/**
 * The message of the `observations` topic: a JSON array of flat records with the original system's field names, so that
 * its Spark job reads ours unchanged. Ours hold one record per message. Where the original's schema wants an integer the
 * value is rounded under the original name and stands exactly in `hmt_<quantity>`; `hmt_*` fields also carry what the
 * original had no field for. An absent value is an absent key.
 */
export type FlatRecord = Record<string, string | number>;

const unixSeconds = (at: Instant) => Math.floor(at / 1000);

/** One observation as a flat record. */
export function flatRecord(observation: Observation, place: Place): FlatRecord {
  const record: FlatRecord = {
    lat: place.latitude,
    lon: place.longitude,
    timezone: place.timeZone,
    timezone_offset: zoneOffsetSeconds(place.timeZone, observation.validAt),
    region_name: place.name,
    data_dt: unixSeconds(observation.validAt),
  };
  if (observation.sunriseAt !== null) record.data_sunrise = unixSeconds(observation.sunriseAt);
  if (observation.sunsetAt !== null) record.data_sunset = unixSeconds(observation.sunsetAt);
  for (const name of QUANTITY_NAMES) {
    const value = observation.values[name];
    if (value === null) continue;
    const { wireField, wireInteger } = QUANTITIES[name];
    const exact = !wireInteger || Number.isInteger(value);
    record[wireField] = exact ? value : Math.round(value);
    if (!exact) record[`hmt_${name}`] = value;
  }
  if (observation.condition) {
    const { condition } = observation;
    record.data_weather_id = condition.id;
    record.data_weather_main = conditionMain(condition.id);
    record.data_weather_description = condition.description ?? conditionDescription(condition.id, 'en');
    record.data_weather_icon = condition.icon ?? conditionIcon(condition.id, place, observation.validAt);
  }
  record.hmt_placeId = observation.placeId;
  record.hmt_source = observation.source;
  record.hmt_kind = observation.kind;
  record.hmt_validAt = observation.validAt;
  record.hmt_receivedAt = observation.receivedAt;
  if (observation.slotAt !== null) record.hmt_slotAt = observation.slotAt;
  if (observation.issuedAt !== null) record.hmt_issuedAt = observation.issuedAt;
  return record;
}

/** What the poller knows about an answer that the reading itself does not say. */
export interface AnswerNotes {
  /** An old reading or model run given as the answer. */
  readonly stale: boolean;
  /** Asked for after its slot, to fill a hole. */
  readonly backfill: boolean;
}

/** One observation as a message of the `observations` topic: key = place, value = array holding one flat record. */
export function observationMessage(observation: Observation, place: Place, notes: AnswerNotes): JournalMessage {
  const record = flatRecord(observation, place);
  const { hmt_receivedAt: _, ...measured } = record;
  const digest = createHash('sha256').update(JSON.stringify(measured)).digest('hex').slice(0, 16);
  if (observation.sunriseAt === null && observation.sunsetAt === null) addSunTimes(record, place, observation.validAt);
  if (notes.stale) record.hmt_stale = 1;
  if (notes.backfill) record.hmt_backfill = 1;
  return {
    key: observation.placeId,
    headers: eventHeaders({
      id: `${observation.placeId}/${observation.validAt}/${observation.source}/${digest}`,
      source: `/providers/${observation.source}/places/${observation.placeId}`,
      type: EVENT_TYPES.observations,
      time: toRfc3339(observation.validAt),
    }),
    value: Buffer.from(JSON.stringify([record])),
  };
}

/** The original's page needs both, and not every provider gives them: ours reads no reading's times in them. */
function addSunTimes(record: FlatRecord, place: Place, at: Instant): void {
  const { sunriseAt, sunsetAt } = sunTimes(place.latitude, place.longitude, at);
  if (sunriseAt === null || sunsetAt === null) return;
  record.data_sunrise = unixSeconds(sunriseAt);
  record.data_sunset = unixSeconds(sunsetAt);
  record.hmt_sunComputed = 1;
}

const zoneFormats = new Map<string, Intl.DateTimeFormat>();

/** Offset of an IANA zone from UTC at an instant, seconds east. */
export function zoneOffsetSeconds(timeZone: string, at: Instant): number {
  if (timeZone === 'UTC' || timeZone === 'Africa/Dakar') return 0;
  let format = zoneFormats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    zoneFormats.set(timeZone, format);
  }
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name);
  if (!match) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -seconds : seconds;
}
