import type { Instant } from '../../core/time.ts';
import type { ComparesSources } from '../preference.ts';
import type { StoredObservation } from '../store.ts';
import { abreast } from './abreast.ts';
import type { Collections } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { isDuplicate } from './failure.ts';
import { instantIdOf } from './natural-key.ts';
import type { NaturalOrder } from './natural-order.ts';
import { readingsIn } from './weather-document.ts';

/** When each place's newest reading is valid: one small row per place, the reading itself stays where it lies. */
export interface LatestReadings {
  /** Moves places forward to newer valid times. Returns when each was newest before; absent: never. */
  raise(newest: ReadonlyMap<string, Instant>): Promise<ReadonlyMap<string, Instant>>;
  of(placeIds: readonly string[]): Promise<ReadonlyMap<string, StoredObservation>>;
  /** Forgets places whose newest reading is older. */
  drop(before: Instant): Promise<void>;
}

export function latestReadings(
  database: MongoDatabase,
  { latest, weather }: Pick<Collections, 'latest' | 'weather'>,
  compare: ComparesSources,
  order: NaturalOrder,
): LatestReadings {
  const raiseOne = async (placeId: string, validAt: Instant): Promise<Instant | null> => {
    for (;;) {
      const row = await database.run(() => latest.findOne({ _id: placeId }));
      if (row && row.validAt >= validAt) return row.validAt;
      try {
        if (!row) {
          await database.run(() => latest.insertOne({ _id: placeId, validAt }));
          return null;
        }
        const asRead = { _id: placeId, validAt: row.validAt };
        const { matchedCount } = await database.run(() => latest.updateOne(asRead, { $set: { validAt } }));
        if (matchedCount === 1) return row.validAt;
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
    }
  };

  /** Where the row says nothing, or names a reading that retention took since: the readings themselves are asked. */
  const lookedUp = (placeId: string) =>
    database.run(() => weather.find({ 'hmt.placeId': placeId }).sort({ 'hmt.validAt': -1 }).limit(1).next());

  return {
    raise: async (newest) => {
      const before = new Map<string, Instant>();
      await abreast([...newest], async ([placeId, validAt]) => {
        const was = await raiseOne(placeId, validAt);
        if (was !== null) before.set(placeId, was);
      });
      return before;
    },
    of: async (placeIds) => {
      const rows = await database.byIds(latest, placeIds);
      const ids = placeIds.map((placeId, index) => {
        const row = rows[index];
        return row ? instantIdOf(placeId, row.validAt) : null;
      });
      const documents = await database.byIds(
        weather,
        ids.filter((id) => id !== null),
      );
      const byId = new Map(documents.map((document) => [document?._id.toHexString(), document]));
      const found = new Map<string, StoredObservation>();
      for (const [index, placeId] of placeIds.entries()) {
        const id = ids[index] ?? null;
        if (id === null) continue;
        const document = byId.get(id.toHexString()) ?? (await order.find(id)) ?? (await lookedUp(placeId));
        const reading = document && readingsIn(document, compare).readings[0];
        if (reading) found.set(placeId, reading.observation);
      }
      return found;
    },
    drop: async (before) => {
      await database.run(() => latest.deleteMany({ validAt: { $lt: before } }));
    },
  };
}
