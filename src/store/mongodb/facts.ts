import type { FactStore } from '../store.ts';
import type { Collections } from './collections.ts';
import type { Keyed, MongoDatabase } from './database.ts';

/** Above every character of a key. */
const LAST = '\uffff';

/** Values lie as JSON: what comes back is what was given, whatever names its fields have. */
export function mongodbFacts(database: MongoDatabase, { facts }: Pick<Collections, 'facts'>): FactStore {
  const jsonIn = <T>(row: Keyed): T => JSON.parse(row.value as string) as T;
  return {
    get: async <T>(key: string) => {
      const row = await database.run(() => facts.findOne({ _id: key }));
      return row ? jsonIn<T>(row) : null;
    },
    set: async (key, value) => {
      // undefined has no JSON; a fact that is undefined is a fact that is not there.
      if (value === undefined) await database.run(() => facts.deleteOne({ _id: key }));
      else
        await database.upsert(() => facts.replaceOne({ _id: key }, { value: JSON.stringify(value) }, { upsert: true }));
    },
    list: async <T>(prefix: string) => {
      const rows = await database.run(() =>
        facts
          .find({ _id: { $gte: prefix, $lt: prefix + LAST } })
          .sort({ _id: 1 })
          .toArray(),
      );
      return new Map(rows.map((row) => [row._id, jsonIn<T>(row)]));
    },
  };
}
