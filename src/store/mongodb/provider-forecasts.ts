import { Binary } from 'mongodb';
import { floorTo, HOUR_MS, toRfc3339 } from '../../core/time.ts';
import type { ProviderForecast } from '../../weather/prediction.ts';
import { packProviderForecast, unpackProviderForecast } from '../forecast-codec.ts';
import type { PredictionStore } from '../store.ts';
import { abreast } from './abreast.ts';
import type { Collections, ProviderForecastRow } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { isDuplicate } from './failure.ts';

export interface MongodbProviderForecasts extends Pick<PredictionStore, 'providerForecasts' | 'providerIssues'> {
  /** Keeps provider forecasts, the last run of each clock hour. */
  add(forecasts: readonly ProviderForecast[]): Promise<void>;
}

const idOf = ({ placeId, source, issuedAt }: ProviderForecast): string =>
  `${placeId}/${source}/${toRfc3339(floorTo(issuedAt, HOUR_MS)).slice(0, 13)}`;

export function mongodbProviderForecasts(
  database: MongoDatabase,
  { providerForecasts: rows }: Pick<Collections, 'providerForecasts'>,
): MongodbProviderForecasts {
  const addOne = async (id: string, forecasts: readonly ProviderForecast[]): Promise<void> => {
    for (;;) {
      const row = await database.run(() => rows.findOne({ _id: id }));
      const next = forecasts.reduce(met, row);
      if (next === row || next === null || (await save(next, row))) return;
    }
  };

  /** Whether it was written: false when somebody else has since it was read. */
  const save = async (next: ProviderForecastRow, row: ProviderForecastRow | null): Promise<boolean> => {
    if (row) {
      const asRead = database.scans ? { _id: row._id } : { _id: row._id, revision: row.revision };
      return (
        (await database.run(() => rows.replaceOne(asRead, { ...next, revision: row.revision + 1 }))).matchedCount === 1
      );
    }
    try {
      await database.run(() => rows.insertOne(next));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };

  const toForecast = ({
    placeId,
    source,
    model,
    issuedAt,
    receivedAt,
    packed,
  }: ProviderForecastRow): ProviderForecast => ({
    placeId,
    source,
    model,
    issuedAt,
    receivedAt,
    ...unpackProviderForecast(packed.value(), issuedAt),
  });

  return {
    add: async (forecasts) => {
      await abreast([...Map.groupBy(forecasts, idOf)], ([id, some]) => addOne(id, some));
    },
    providerForecasts: async (placeId, asOf = Number.MAX_SAFE_INTEGER) => {
      const newest = new Map<string, ProviderForecastRow>();
      const known = { placeId, issuedAt: { $lte: asOf }, firstReceivedAt: { $lte: asOf } };
      const sources = await database.run(() => rows.distinct('source', { placeId }));
      for (const source of sources.toSorted()) {
        const row = await database.run(() =>
          rows
            .find({ ...known, source })
            .sort({ issuedAt: -1 })
            .limit(1)
            .next(),
        );
        if (row) newest.set(source, row);
      }
      return [...newest.values()].map(toForecast);
    },
    async *providerIssues(placeId, from, to) {
      const cursor = rows.find({ placeId, issuedAt: { $gte: from, $lt: to } }).sort({ issuedAt: 1, source: 1 });
      try {
        for (let row = await database.run(() => cursor.next()); row; row = await database.run(() => cursor.next()))
          yield toForecast(row);
      } finally {
        await cursor.close();
      }
    },
  };
}

/** What a forecast makes of the hour's row: a later run takes its place, a later answer of the same run corrects it. */
function met(row: ProviderForecastRow | null, forecast: ProviderForecast): ProviderForecastRow {
  const { placeId, source, model, issuedAt, receivedAt } = forecast;
  const packed = new Binary(packProviderForecast(forecast));
  const values = { placeId, source, model, issuedAt, receivedAt, packed };
  if (!row || row.issuedAt < issuedAt)
    return { _id: idOf(forecast), ...values, firstReceivedAt: receivedAt, revision: row?.revision ?? 1 };
  const same = row.issuedAt > issuedAt || receivedAt <= row.receivedAt || bytesEqual(packed, row.packed);
  return same ? row : { ...row, ...values };
}

const bytesEqual = (one: Binary, other: Binary): boolean => Buffer.compare(one.value(), other.value()) === 0;
