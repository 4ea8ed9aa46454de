import type { Collection } from 'mongodb';
import { HarmattanError } from '../../core/errors.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { DocumentChange, DocumentStore, StoredDocument } from '../document-store.ts';
import type { Keyed, MongoDatabase } from './database.ts';
import { isDuplicate } from './failure.ts';

interface DocumentRow extends Keyed {
  readonly version: number;
  /** JSON. */
  readonly value: string;
}

/** Above every key: keys are ASCII. */
const LAST = '\uffff';

const toDocument = <T>({ _id, version, value }: DocumentRow): StoredDocument<T> => ({
  key: _id,
  version,
  value: JSON.parse(value) as T,
});

/** Each collection of documents is one of the database, named `hmt_documents_…`. */
export function mongodbDocuments(database: MongoDatabase): DocumentStore {
  const of = (collection: string): Collection<DocumentRow> => database.collection(`hmt_documents_${collection}`);

  /** Whether the key was free. */
  const add = async (collection: string, key: string, value: unknown): Promise<boolean> => {
    try {
      await database.run(() => of(collection).insertOne({ _id: key, version: 1, value: JSON.stringify(value) }));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };

  const apply = async ({ collection, key, value, version }: DocumentChange): Promise<boolean> => {
    if (version === null) {
      if (value !== null) await add(collection, key, value);
      return true;
    }
    const asRead = { _id: key, version: version - 1 };
    if (value === null) return (await database.run(() => of(collection).deleteOne(asRead))).deletedCount === 1;
    if (version === 1) return add(collection, key, value);
    const next = { version, value: JSON.stringify(value) };
    return (await database.run(() => of(collection).replaceOne(asRead, next))).matchedCount === 1;
  };

  return {
    get: async <T>(collection: string, key: string) => {
      const row = await database.run(() => of(collection).findOne({ _id: key }));
      return row ? toDocument<T>(row) : null;
    },
    list: async <T>(
      collection: string,
      { from = '', to = LAST, order = 'asc', limit, cursor }: Parameters<DocumentStore['list']>[1],
    ) => {
      const [after] = cursor === undefined ? [null] : readCursor<[string]>(cursor, 's');
      const span = order === 'asc' ? { $gt: after ?? '' } : { $lt: after ?? LAST };
      const rows = await database.run(() =>
        of(collection)
          .find({ $and: [{ _id: { $gte: from, $lt: to } }, { _id: span }] })
          .sort({ _id: order === 'asc' ? 1 : -1 })
          .limit(limit + 1)
          .toArray(),
      );
      const items = rows.slice(0, limit).map((row) => toDocument<T>(row));
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last ? writeCursor([last.key]) : null };
    },
    commit: async (changes) => {
      for (const change of changes)
        if (!(await apply(change)))
          throw new HarmattanError('HMT_STORE_CONFLICT', {
            detail: `${change.collection}/${change.key} is not at version ${(change.version ?? 1) - 1}.`,
          });
    },
    drop: async (collection, before, limit) => {
      const rows = await database.run(() =>
        of(collection)
          .find({ _id: { $lt: before } })
          .sort({ _id: 1 })
          .limit(limit)
          .project<Keyed>({ _id: 1 })
          .toArray(),
      );
      let dropped = 0;
      for (const { _id } of rows) dropped += (await database.run(() => of(collection).deleteOne({ _id }))).deletedCount;
      return dropped;
    },
  };
}
