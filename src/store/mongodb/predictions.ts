import { Binary } from 'mongodb';
import { floorTo, HOUR_MS, type Instant, toRfc3339 } from '../../core/time.ts';
import type { Prediction } from '../../weather/prediction.ts';
import { packPrediction, unpackPrediction } from '../forecast-codec.ts';
import type { PredictionStore } from '../store.ts';
import { abreast } from './abreast.ts';
import type { Collections, ForecastRow, PackedIssue } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { isDuplicate } from './failure.ts';
import type { OriginalPredictions } from './original-predictions.ts';

export interface MongodbPredictions extends Pick<PredictionStore, 'newest' | 'get' | 'issues'> {
  /** Keeps issues, the last of each clock hour and model. Returns those that are kept. */
  add(issued: readonly Prediction[]): Promise<readonly Prediction[]>;
}

const hourOf = (at: Instant): Instant => floorTo(at, HOUR_MS);

/** `dakar/2026-07-22T12`: the issues of one clock hour lie in one document. */
export const forecastId = (placeId: string, at: Instant): string => `${placeId}/${toRfc3339(hourOf(at)).slice(0, 13)}`;

export function mongodbPredictions(
  database: MongoDatabase,
  { forecasts, newestForecasts }: Pick<Collections, 'forecasts' | 'newestForecasts'>,
  original: OriginalPredictions,
): MongodbPredictions {
  const find = (id: string) => database.run(() => forecasts.findOne({ _id: id }));

  /** Brings the issues of one hour to its document. Returns those that stand in it then. */
  const addToHour = async (id: string, issued: readonly Prediction[]): Promise<readonly Prediction[]> => {
    for (;;) {
      const row = await find(id);
      const kept: Prediction[] = [];
      let issues = row?.issues ?? [];
      for (const prediction of issued) {
        const same = issues.find(({ model }) => model === prediction.model);
        if (same && same.issuedAt > prediction.issuedAt) continue;
        issues = [...issues.filter((one) => one !== same), packIssue(prediction)];
        kept.push(prediction);
      }
      const { placeId = '', issuedAt = 0 } = issued[0] ?? {};
      const revision = (row?.revision ?? 0) + 1;
      if (kept.length === 0) return kept;
      if (await save({ _id: id, placeId, hourAt: hourOf(issuedAt), revision, full: true, issues })) return kept;
    }
  };

  /** Whether it was written: false when somebody else has since it was read. */
  const save = async (next: ForecastRow): Promise<boolean> => {
    if (next.revision > 1) {
      const asRead = database.scans ? { _id: next._id } : { _id: next._id, revision: next.revision - 1 };
      return (await database.run(() => forecasts.replaceOne(asRead, next))).matchedCount === 1;
    }
    try {
      await database.run(() => forecasts.insertOne(next));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };

  /** Notes a place's newest issue, and shows it to the original's clients. */
  const raise = async (prediction: Prediction): Promise<void> => {
    const { placeId, issuedAt } = prediction;
    const row = await database.run(() => newestForecasts.findOne({ _id: placeId }));
    if (row && row.issuedAt > issuedAt) return;
    const shown = await original.show(prediction, row?.shown ?? []);
    await database.upsert(() => newestForecasts.replaceOne({ _id: placeId }, { issuedAt, shown }, { upsert: true }));
  };

  const toPredictions = ({ placeId, issues }: ForecastRow): readonly Prediction[] =>
    issues.map(({ issuedAt, model, source, tier, calibration, packed }) => ({
      placeId,
      issuedAt,
      model,
      tier,
      calibration,
      source,
      ...unpackPrediction(packed.value(), issuedAt),
    }));

  /** The last written of the newest in a document, among those at or before `asOf`. */
  const newestIn = (row: ForecastRow | null, asOf: Instant): Prediction | null =>
    (row ? toPredictions(row) : [])
      .filter(({ issuedAt }) => issuedAt <= asOf)
      .reduce<Prediction | null>((newest, one) => (newest && newest.issuedAt > one.issuedAt ? newest : one), null);

  return {
    add: async (issued) => {
      const byHour = [...Map.groupBy(issued, ({ placeId, issuedAt }) => forecastId(placeId, issuedAt))];
      const kept = (await abreast(byHour, ([id, some]) => addToHour(id, some))).flat();
      const newest = [...Map.groupBy(kept, ({ placeId }) => placeId).values()].flatMap((of) =>
        of.reduce((one, other) => (other.issuedAt >= one.issuedAt ? other : one)),
      );
      await abreast(newest, raise);
      const wanted = new Set(kept);
      return issued.filter((one) => wanted.has(one));
    },
    newest: async (placeId, asOf = Number.MAX_SAFE_INTEGER) => {
      const note = await database.run(() => newestForecasts.findOne({ _id: placeId }));
      if (!note) return null;
      if (note.issuedAt <= asOf) return newestIn(await find(forecastId(placeId, note.issuedAt)), asOf);
      const rows = await database.run(() =>
        forecasts
          .find({ placeId, hourAt: { $lte: asOf } })
          .sort({ hourAt: -1 })
          .limit(2)
          .toArray(),
      );
      // In the hour of `asOf` itself everything may have been issued later.
      return newestIn(rows[0] ?? null, asOf) ?? newestIn(rows[1] ?? null, asOf);
    },
    get: async (placeId, issuedAt) => {
      const row = await find(forecastId(placeId, issuedAt));
      return (row ? toPredictions(row) : []).findLast((one) => one.issuedAt === issuedAt) ?? null;
    },
    async *issues(placeId, from, to) {
      const cursor = forecasts.find({ placeId, hourAt: { $gte: hourOf(from), $lt: to } }).sort({ hourAt: 1 });
      try {
        for (let row = await database.run(() => cursor.next()); row; row = await database.run(() => cursor.next()))
          yield* toPredictions(row)
            .filter(({ issuedAt }) => issuedAt >= from && issuedAt < to)
            .sort((one, other) => one.issuedAt - other.issuedAt || (one.model < other.model ? -1 : 1));
      } finally {
        await cursor.close();
      }
    },
  };
}

function packIssue(prediction: Prediction): PackedIssue {
  const { issuedAt, model, source, tier, calibration } = prediction;
  return { issuedAt, model, source, tier, calibration, packed: new Binary(packPrediction(prediction, issuedAt)) };
}
