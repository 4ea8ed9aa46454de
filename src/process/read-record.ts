import { EARLIEST_VALID_AT, type Instant, MINUTE_MS } from '../core/time.ts';
import type { JournalRecord } from '../journal/journal.ts';
import type { Arrival } from '../store/store.ts';
import { conditionDescription } from '../weather/condition.ts';
import type { Condition, Observation, ObservationKind } from '../weather/observation.ts';
import type { Place } from '../weather/place.ts';
import type { QuantityValues } from '../weather/quantity.ts';
import { applyRanges } from './check.ts';
import type { Refusal } from './parse.ts';
import type { PlaceFinder } from './place-finder.ts';

/** What reading a flat record needs to know beside the record. */
export interface ReadingRules {
  readonly findPlace: PlaceFinder;
  readonly futureToleranceMs: number;
  /** The slot that a reading falls in when nobody of ours asked for it; `null` when none is expected. */
  readonly slotOf: (validAt: Instant) => Instant | null;
}

/** A flat record as an observation, with what it says about the asking. */
export interface DecodedReading {
  readonly ok: true;
  readonly arrival: Arrival;
  readonly place: Place;
  /** An old reading given as the answer to its slot. */
  readonly stale: boolean;
  /** Asked for after its slot, to fill a hole. */
  readonly backfill: boolean;
}

/** A record that cannot be used, with as much of place, slot and source as it does tell. */
export interface RefusedItem extends Refusal {
  readonly ok: false;
  readonly placeId: string | null;
  readonly slotAt: Instant | null;
  readonly source: string | null;
}

/** Source of a record that names none: the original system's producer knows one provider only. */
export const ORIGINAL_SOURCE = 'openweathermap';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one item of an `observations` message. Never throws. `hmt_*` fields hold what is exact, and count where they
 * agree with the rounded original field; where the two disagree somebody rewrote the record, and the original name is the
 * public one. A place, time, slot, source or temperature of the wrong type or out of range refuses the record; any other
 * quantity of the wrong type is absent.
 */
export function readRecord(
  value: unknown,
  record: JournalRecord,
  item: number,
  rules: ReadingRules,
): DecodedReading | RefusedItem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('HMT_PROCESS_SHAPE', `It is ${nameOfType(value)}, not an object.`, null, null, null);
  const fields = value as Fields;
  const { appendedAt, partition, offset } = record;
  const latestAt = appendedAt + rules.futureToleranceMs;

  const source = sourceOf(fields.hmt_source);
  const place = rules.findPlace(fields.hmt_placeId, fields.region_name, fields.lat, fields.lon);
  const validAt = validAtOf(fields);
  const timely = validAt !== null && validAt >= EARLIEST_VALID_AT && validAt <= latestAt;
  const asked = fields.hmt_slotAt !== undefined && fields.hmt_slotAt !== null;
  const slotAt = asked ? slotAtOf(fields.hmt_slotAt, latestAt) : timely ? rules.slotOf(validAt) : null;
  const refused = (code: Refusal['code'], detail: string) => refuse(code, detail, place?.id ?? null, slotAt, source);

  if (source === null) return refused('HMT_PROCESS_SHAPE', `hmt_source is ${shown(fields.hmt_source)}.`);
  if (place === null) return refused('HMT_PROCESS_PLACE_UNKNOWN', `It names ${placeShown(fields)}.`);
  if (validAt === null) return refused('HMT_PROCESS_TIME_INVALID', `data_dt is ${shown(fields.data_dt)}.`);
  if (!timely) return refused('HMT_PROCESS_TIME_INVALID', `Its time is ${timeShown(validAt)}.`);
  if (asked && slotAt === null)
    return refused('HMT_PROCESS_TIME_INVALID', `hmt_slotAt is ${shown(fields.hmt_slotAt)}.`);

  const values = valuesOf(fields);
  const flags = applyRanges(values);
  if (values.temperatureC === null)
    return refused('HMT_PROCESS_TEMPERATURE_INVALID', `data_temp is ${shown(fields.data_temp)}.`);

  const sunComputed = fields.hmt_sunComputed === 1;
  const observation: Observation = {
    placeId: place.id,
    validAt,
    slotAt,
    receivedAt: instantWithin(fields.hmt_receivedAt, EARLIEST_VALID_AT, latestAt) ?? appendedAt,
    source,
    kind: kindOf(fields.hmt_kind),
    issuedAt: instantWithin(fields.hmt_issuedAt, EARLIEST_VALID_AT, latestAt),
    values,
    condition: conditionOf(fields),
    sunriseAt: sunComputed ? null : sunTimeOf(fields.data_sunrise, validAt),
    sunsetAt: sunComputed ? null : sunTimeOf(fields.data_sunset, validAt),
    flags,
  };
  return {
    ok: true,
    arrival: { observation, partition, offset, item },
    place,
    stale: fields.hmt_stale === 1,
    backfill: fields.hmt_backfill === 1,
  };
}

function refuse(
  code: Refusal['code'],
  detail: string,
  placeId: string | null,
  slotAt: Instant | null,
  source: string | null,
): RefusedItem {
  return { ok: false, code, detail, placeId, slotAt, source };
}

/**
 * The quantities of a record, what is of the wrong type left out. Written out, though `QUANTITIES` holds the same names
 * (a test compares them): reading by computed names took a tenth of the time of a whole record.
 */
function valuesOf(fields: Fields): QuantityValues {
  return {
    temperatureC: numberOf(fields.data_temp),
    feelsLikeC: numberOf(fields.data_feels_like),
    dewPointC: numberOf(fields.data_dew_point),
    pressureHpa: exactOf(fields.hmt_pressureHpa, fields.data_pressure),
    humidityPct: exactOf(fields.hmt_humidityPct, fields.data_humidity),
    cloudCoverPct: exactOf(fields.hmt_cloudCoverPct, fields.data_clouds),
    visibilityM: exactOf(fields.hmt_visibilityM, fields.data_visibility),
    windSpeedMps: numberOf(fields.data_wind_speed),
    windFromDirectionDeg: exactOf(fields.hmt_windFromDirectionDeg, fields.data_wind_deg),
    windGustMps: numberOf(fields.data_wind_gust),
    uvIndex: numberOf(fields.data_uvi),
    rain1hMm: numberOf(fields.data_rain_1h),
    snow1hMm: numberOf(fields.data_snow_1h),
  };
}

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** The exact value, where the original name wants an integer and the two agree. */
function exactOf(exact: unknown, rounded: unknown): number | null {
  const agree = rounded === undefined || (typeof rounded === 'number' && Math.abs(Number(exact) - rounded) <= 0.5);
  return numberOf(typeof exact === 'number' && agree ? exact : rounded);
}

/** Valid time: whole or decimal unix seconds in `data_dt`, to the millisecond in `hmt_validAt`. */
function validAtOf(fields: Fields): Instant | null {
  const { data_dt: seconds, hmt_validAt: exactAt } = fields;
  if (seconds === undefined || seconds === null) return isInstant(exactAt) ? exactAt : null;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return null;
  if (isInstant(exactAt) && Math.abs(exactAt - seconds * 1000) < 1000) return exactAt;
  const at = Math.round(seconds * 1000);
  return Number.isSafeInteger(at) ? at : null;
}

const isInstant = (value: unknown): value is Instant => Number.isSafeInteger(value);

function instantWithin(value: unknown, fromAt: Instant, toAt: Instant): Instant | null {
  return isInstant(value) && value >= fromAt && value <= toAt ? value : null;
}

/** Slots lie on whole minutes: anything else would be a slot that no plan can ever fill. */
function slotAtOf(value: unknown, latestAt: Instant): Instant | null {
  const at = instantWithin(value, EARLIEST_VALID_AT, latestAt);
  return at !== null && at % MINUTE_MS === 0 ? at : null;
}

const SOURCE = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Sources seen, so that every observation of one holds the same string and the pattern runs once. */
const sources = new Map<string, string>();

function sourceOf(value: unknown): string | null {
  if (value === undefined || value === null) return ORIGINAL_SOURCE;
  if (typeof value !== 'string') return null;
  const known = sources.get(value);
  if (known !== undefined) return known;
  if (!SOURCE.test(value)) return null;
  if (sources.size < 1000) sources.set(value, value);
  return value;
}

/** What is not said to be measured counts as computed. */
const kindOf = (value: unknown): ObservationKind => (value === 'observation' ? 'observation' : 'analysis');

const TEXT_LENGTH = 200;
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.length > 0 && value.length <= TEXT_LENGTH ? value : null;

function conditionOf(fields: Fields): Condition | null {
  const id = fields.data_weather_id;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 200 || id > 804) return null;
  const description = textOf(fields.data_weather_description);
  return {
    id,
    // The table's own words are not the sender's: they would stand in the way of the other language's.
    description: description === conditionDescription(id, 'en') ? null : description,
    icon: textOf(fields.data_weather_icon),
  };
}

const TWO_DAYS_MS = 172_800_000;

function sunTimeOf(seconds: unknown, validAt: Instant): Instant | null {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return null;
  const at = Math.round(seconds * 1000);
  return Math.abs(at - validAt) <= TWO_DAYS_MS ? at : null;
}

function nameOfType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** A value for the reader of the quarantine: short, whatever came. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return 'absent';
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 40))}`;
  return typeof value === 'object' ? nameOfType(value) : String(value);
}

function placeShown(fields: Fields): string {
  if (fields.hmt_placeId !== undefined && fields.hmt_placeId !== null) return shown(fields.hmt_placeId);
  if (fields.region_name !== undefined && fields.region_name !== null) return shown(fields.region_name);
  return `latitude ${shown(fields.lat)}, longitude ${shown(fields.lon)}`;
}

function timeShown(at: Instant): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? `${at} ms` : date.toISOString();
}
