import type { ObjectId } from 'mongodb';
import type { Instant } from '../../core/time.ts';
import type { Observation, QuantityFlag } from '../../weather/observation.ts';
import { type OriginalReading, originalReading } from '../../weather/original-weather.ts';
import type { Place } from '../../weather/place.ts';
import { noValues, QUANTITIES, QUANTITY_NAMES, type QuantityValues } from '../../weather/quantity.ts';
import type { ComparesSources } from '../preference.ts';
import type { StoredObservation } from '../store.ts';
import { instantIdOf } from './natural-key.ts';
import { type ArrivalRank, finite, type InstantReadings, inPreference, type RankedReading } from './readings.ts';

/** What the original's documents have no field for: our names, times as UTC epoch milliseconds. */
interface OwnFields {
  readonly source: string;
  readonly slotAt: Instant | null;
  readonly receivedAt: Instant;
  readonly kind: Observation['kind'];
  readonly issuedAt: Instant | null;
  readonly sunriseAt: Instant | null;
  readonly sunsetAt: Instant | null;
  readonly condition: Observation['condition'];
  readonly flags: readonly QuantityFlag[];
  readonly corrections: number;
  readonly rank: ArrivalRank;
}

/** Another source's reading of the same instant. */
interface OtherReading extends OwnFields {
  readonly values: QuantityValues;
}

/**
 * One document of the collection `weather`: *the* reading of one place at one instant as the original's clients read it;
 * in `hmt` what they have no field for, and the readings of other sources. Quantities and the condition stand in the
 * original's fields wherever those hold them exactly.
 */
export interface WeatherDocument extends Omit<OriginalReading, 'lat' | 'lon'> {
  readonly _id: ObjectId;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly clouds: number | null;
  readonly rain_1h: number | null;
  readonly snow_1h: number | null;
  readonly hmt: OwnFields & {
    readonly placeId: string;
    readonly validAt: Instant;
    readonly revision: number;
    /** How many sources have a reading: 1 more than `others` has. */
    readonly sources: number;
    /** JSON: readings of other sources; `[]` where there is none, as nearly always. */
    readonly others: string;
  };
}

type Unlisted = { readonly lat: null; readonly lon: null };

/** Fields for the quantities that the original kept none for; flat, as its own are. */
const ADDED_FIELDS = { cloudCoverPct: 'clouds', rain1hMm: 'rain_1h', snow1hMm: 'snow_1h' } as const;

type ValueField = (typeof ADDED_FIELDS)[keyof typeof ADDED_FIELDS] | keyof OriginalReading;

/** The field of a document that holds a quantity. */
export const valueField = (name: (typeof QUANTITY_NAMES)[number]): ValueField & keyof WeatherDocument =>
  QUANTITIES[name].originalField ?? ADDED_FIELDS[name as keyof typeof ADDED_FIELDS];

const FIELDS = QUANTITY_NAMES.map((name) => [name, valueField(name)] as const);

/** The document of what is known about an instant, at its next revision. */
export function weatherDocument(known: InstantReadings, place: Place | null): WeatherDocument {
  const { placeId, validAt, revision, readings } = known;
  const [first, ...others] = readings;
  if (!first) throw new RangeError('an instant without a reading has no document');
  const values = finiteValues(first.observation.values);
  const reading = { ...first.observation, values };
  return {
    _id: instantIdOf(placeId, validAt),
    ...(place === null ? unlistedReading(reading) : originalReading(reading, place)),
    clouds: values.cloudCoverPct,
    rain_1h: values.rain1hMm,
    snow_1h: values.snow1hMm,
    hmt: {
      placeId,
      validAt,
      ...ownFields(first),
      revision: revision + 1,
      sources: readings.length,
      others: JSON.stringify(others.map(otherReading)),
    },
  };
}

/** What a document says, the source first that `compare` prefers. */
export function readingsIn(document: WeatherDocument, compare: ComparesSources): InstantReadings {
  const { placeId, validAt, revision, others, ...own } = document.hmt;
  const values = noValues();
  for (const [name, field] of FIELDS) values[name] = document[field] as number | null;
  const ranked = [{ ...own, values }, ...othersIn(others)].map((one) => rankedReading(one, placeId, validAt));
  return { placeId, validAt, revision, readings: ranked.length === 1 ? ranked : inPreference(ranked, compare) };
}

function rankedReading(fields: OtherReading, placeId: string, validAt: Instant): RankedReading {
  const { source, slotAt, receivedAt, kind, issuedAt, values, condition, sunriseAt, sunsetAt, flags } = fields;
  const { corrections, rank } = fields;
  const observation: StoredObservation = {
    placeId,
    validAt,
    slotAt,
    receivedAt,
    source,
    kind,
    issuedAt,
    values,
    condition,
    sunriseAt,
    sunsetAt,
    flags,
    corrections,
  };
  return { observation, rank };
}

const otherReading = (reading: RankedReading): OtherReading => ({
  ...ownFields(reading),
  values: finiteValues(reading.observation.values),
});

export const othersIn = (text: string): readonly OtherReading[] =>
  text === '[]' ? [] : (JSON.parse(text) as readonly OtherReading[]);

function ownFields({ observation, rank }: RankedReading): OwnFields {
  const { source, slotAt, receivedAt, kind, issuedAt, sunriseAt, sunsetAt, condition, flags, corrections } =
    observation;
  return { source, slotAt, receivedAt, kind, issuedAt, sunriseAt, sunsetAt, condition, flags, corrections, rank };
}

function finiteValues(given: QuantityValues): QuantityValues {
  const values = noValues();
  for (const name of QUANTITY_NAMES) values[name] = finite(given[name]);
  return values;
}

/** The original's fields for a place that no list names any more: where it lies is not known. */
function unlistedReading(observation: Observation): Omit<OriginalReading, 'lat' | 'lon'> & Unlisted {
  const { placeId: id, sunriseAt, sunsetAt } = observation;
  const somewhere = { latitude: 0, longitude: 0, elevationM: null, landscape: null, icao: null, timeZone: 'UTC' };
  const reading = originalReading(observation, { id, name: id, names: { fr: id, en: id }, ...somewhere });
  const sunrise = sunriseAt === null ? null : reading.sunrise;
  return { ...reading, sunrise, sunset: sunsetAt === null ? null : reading.sunset, lat: null, lon: null };
}
