import { ObjectId } from 'mongodb';
import type { Observation, QuantityFlag } from '../../weather/observation.ts';
import { type OriginalReading, originalReading } from '../../weather/original-weather.ts';
import type { Place } from '../../weather/place.ts';
import { noValues, QUANTITIES, QUANTITY_NAMES } from '../../weather/quantity.ts';
import type { Arrival, StoredObservation } from '../store.ts';
import { observationIdOf } from './natural-key.ts';

/** Which arrival a row's values come from, or confirmed them last: the later one wins (`IngestStore.commit`). */
export type ArrivalRank = readonly [receivedAt: number, partition: number, offset: number, item: number];

/**
 * What the original's documents have no field for: our names, times as UTC epoch milliseconds. Quantities and the
 * condition stand in the original's fields wherever those hold them exactly.
 */
interface OwnFields {
  readonly placeId: string;
  readonly source: string;
  readonly validAt: number;
  readonly slotAt: number | null;
  readonly receivedAt: number;
  readonly kind: Observation['kind'];
  readonly issuedAt: number | null;
  readonly sunriseAt: number | null;
  readonly sunsetAt: number | null;
  readonly condition: Observation['condition'];
  readonly flags: readonly QuantityFlag[];
  readonly corrections: number;
  readonly rank: ArrivalRank;
  /** Counts the writes: who replaces the row names the revision that was read. */
  readonly revision: number;
}

/** One document of the collection `weather`: a reading as the original's clients read it, and ours beside it in `hmt`. */
export interface WeatherDocument extends OriginalReading {
  readonly _id: ObjectId;
  readonly clouds: number | null;
  readonly rain_1h: number | null;
  readonly snow_1h: number | null;
  readonly hmt: OwnFields;
}

/** Fields for the quantities that the original kept none for; flat, as its own are. */
const ADDED_FIELDS = { cloudCoverPct: 'clouds', rain1hMm: 'rain_1h', snow1hMm: 'snow_1h' } as const;

/** The field of a document that holds a quantity. */
const FIELDS = QUANTITY_NAMES.map((name) => {
  const field = QUANTITIES[name].originalField ?? ADDED_FIELDS[name as keyof typeof ADDED_FIELDS];
  return [name, field] as const;
});

/** NaN and the infinities are no values: MongoDB would keep them, and every reader would have to know. */
const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

/** The document of a reading that is new to the store. */
export function weatherDocument({ observation, partition, offset, item }: Arrival, place: Place): WeatherDocument {
  const { placeId, source, validAt, slotAt, receivedAt, kind, issuedAt, condition, flags } = observation;
  const values = noValues();
  for (const name of QUANTITY_NAMES) values[name] = finite(observation.values[name]);
  return {
    _id: new ObjectId(observationIdOf(observation)),
    ...originalReading({ ...observation, values }, place),
    clouds: values.cloudCoverPct,
    rain_1h: values.rain1hMm,
    snow_1h: values.snow1hMm,
    hmt: {
      placeId,
      source,
      validAt,
      slotAt,
      receivedAt,
      kind,
      issuedAt,
      sunriseAt: observation.sunriseAt,
      sunsetAt: observation.sunsetAt,
      condition,
      flags,
      corrections: 0,
      rank: [receivedAt, partition, offset, item],
      revision: 1,
    },
  };
}

/** The reading in a document, as it was stored. */
export function observationIn(document: WeatherDocument): StoredObservation {
  const { rank: _rank, revision: _revision, corrections, ...own } = document.hmt;
  const values = noValues();
  for (const [name, field] of FIELDS) values[name] = document[field];
  return { ...own, values, corrections };
}
