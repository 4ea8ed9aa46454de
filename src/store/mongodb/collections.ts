import type { Binary, Collection, Document, ObjectId } from 'mongodb';
import type { Instant } from '../../core/time.ts';
import type { QuarantineEntry } from '../store.ts';
import type { Keyed, MongoDatabase } from './database.ts';
import type { WeatherDocument } from './weather-document.ts';

/** Valid time of a place's newest reading; the key is the place. */
export interface LatestRow extends Keyed {
  readonly validAt: Instant;
}

/** A place's slots of one day (UTC); the key is `<day>/<place>`. */
export interface SlotsRow extends Keyed {
  readonly placeId: string;
  readonly dayAt: Instant;
  readonly revision: number;
  /** JSON: see slot-day.ts. */
  readonly slots: string;
}

export interface QuarantineRow extends Keyed, Omit<QuarantineEntry, 'id' | 'value'> {
  readonly value: Binary;
}

/** The last issue of one clock hour, of each model; the key is `<place>/<hour>`. */
export interface ForecastRow extends Keyed {
  readonly placeId: string;
  readonly hourAt: Instant;
  readonly revision: number;
  /** Whether an issue still has all its levels. */
  readonly full: boolean;
  readonly issues: readonly PackedIssue[];
}

export interface PackedIssue {
  readonly issuedAt: Instant;
  readonly model: string;
  readonly source: string;
  readonly tier: string;
  readonly calibration: 'prior' | 'local';
  readonly packed: Binary;
}

/** When a place's newest forecast was issued, and the hours that `predictions` shows of it; the key is the place. */
export interface NewestForecastRow extends Keyed {
  readonly issuedAt: Instant;
  readonly shown: readonly Instant[];
}

/** A provider's last model run of one clock hour; the key is `<place>/<source>/<hour>`. */
export interface ProviderForecastRow extends Keyed {
  readonly placeId: string;
  readonly source: string;
  readonly issuedAt: Instant;
  readonly receivedAt: Instant;
  readonly firstReceivedAt: Instant;
  readonly model: string | null;
  readonly revision: number;
  readonly packed: Binary;
}

/** One document of the original's collection `predictions`. */
export interface OriginalPredictionRow extends Document {
  readonly _id: ObjectId;
  readonly timestamp: string;
  readonly temperature: number | null;
  readonly region: string;
}

/** A forecaster's memory; the key is `<place>/<source>`. */
export interface StateRow extends Keyed {
  readonly model: string;
  readonly version: number;
  readonly bytes: Binary;
}

/** One write's changes; the key is its number with leading zeros. The items' numbers are (last - count, last]. */
export interface FeedRow extends Keyed {
  readonly last: number;
  readonly count: number;
  readonly at: Instant;
  /** JSON: the feed's items, packed. */
  readonly items: string;
}

/** What a group has reached: in a journal (`journal/<id>/<group>`) or in the feed (`feed/<group>`). */
export interface GroupRow extends Keyed {
  readonly offsets?: Readonly<Record<string, number>>;
  readonly position?: string;
}

/** One kind of row each. All names of our own begin with `hmt_`: the original's two stand between them. */
export function collectionsOf(database: MongoDatabase) {
  const of = <Row extends Document>(name: string): Collection<Row> => database.collection<Row>(name);
  return {
    weather: of<WeatherDocument>('weather'),
    /** Rows of `weather` while they are moved to its end. */
    moving: of<WeatherDocument>('hmt_moving'),
    latest: of<LatestRow>('hmt_latest'),
    slots: of<SlotsRow>('hmt_slots'),
    quarantine: of<QuarantineRow>('hmt_quarantine'),
    forecasts: of<ForecastRow>('hmt_forecasts'),
    newestForecasts: of<NewestForecastRow>('hmt_newest_forecasts'),
    providerForecasts: of<ProviderForecastRow>('hmt_provider_forecasts'),
    predictions: of<OriginalPredictionRow>('predictions'),
    states: of<StateRow>('hmt_states'),
    feed: of<FeedRow>('hmt_feed'),
    groups: of<GroupRow>('hmt_groups'),
    quota: of<Keyed>('hmt_quota'),
    facts: of<Keyed>('hmt_facts'),
    meta: of<Keyed>('hmt_meta'),
  };
}

export type Collections = ReturnType<typeof collectionsOf>;

/** Makes the indexes that reading needs; those that are there stay. Not where the engine would never use them. */
export async function makeIndexes(database: MongoDatabase, collections: Collections): Promise<void> {
  const { weather, slots, quarantine, forecasts, providerForecasts } = collections;
  await database.run(async () => {
    await weather.createIndexes([
      { key: { 'hmt.placeId': 1, 'hmt.validAt': 1 } },
      { key: { 'hmt.validAt': 1, 'hmt.placeId': 1 } },
      // The original's clients ask by it.
      { key: { region: 1 } },
      { key: { 'hmt.sources': 1 } },
    ]);
    await slots.createIndexes([{ key: { dayAt: 1 } }, { key: { placeId: 1, dayAt: 1 } }]);
    await quarantine.createIndexes([{ key: { receivedAt: 1, _id: 1 } }, { key: { code: 1, receivedAt: 1, _id: 1 } }]);
    await forecasts.createIndexes([{ key: { placeId: 1, hourAt: 1 } }, { key: { full: 1, hourAt: 1 } }]);
    await providerForecasts.createIndexes([{ key: { placeId: 1, issuedAt: 1, source: 1 } }, { key: { issuedAt: 1 } }]);
  });
}
