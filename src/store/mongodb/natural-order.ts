import type { ObjectId } from 'mongodb';
import type { Collections } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { isDuplicate } from './failure.ts';
import type { WeatherDocument } from './weather-document.ts';

/**
 * The original's front end takes the last document of a region, in the order in which they lie, for the weather of now.
 * After an older one was added, the newest is therefore taken out and put in again. A copy of it lies in a collection of
 * its own for that moment: whoever finds the row gone looks there, and puts it back where its mover was killed.
 */
export interface NaturalOrder {
  /** Moves a document behind all others. */
  toEnd(id: ObjectId): Promise<void>;
  /** A document that is on the move; `null` when it is not. */
  find(id: ObjectId): Promise<WeatherDocument | null>;
  /** Puts back a document that is on the move and gone from its collection. Returns whether there was one. */
  putBack(id: ObjectId): Promise<boolean>;
  /** Puts back everything that somebody left on the move, and forgets the copies. Not while somebody moves. */
  recover(): Promise<void>;
}

export function naturalOrder(
  database: MongoDatabase,
  { weather, moving }: Pick<Collections, 'weather' | 'moving'>,
): NaturalOrder {
  const find = (id: ObjectId) => database.run(() => moving.findOne({ _id: id }));

  const insertUnlessThere = async (document: WeatherDocument) => {
    try {
      await database.run(() => weather.insertOne(document));
    } catch (error) {
      // Somebody has put it back already.
      if (!isDuplicate(error)) throw error;
    }
  };

  const putBack = async (id: ObjectId) => {
    const document = await find(id);
    if (document) await insertUnlessThere(document);
    return document !== null;
  };

  return {
    find,
    putBack,
    toEnd: async (id) => {
      for (;;) {
        const document = await database.run(() => weather.findOne({ _id: id }));
        if (!document) {
          await putBack(id);
          return;
        }
        await database.upsert(() => moving.replaceOne({ _id: id }, document, { upsert: true }));
        const asRead = database.scans ? { _id: id } : { _id: id, 'hmt.revision': document.hmt.revision };
        const { deletedCount } = await database.run(() => weather.deleteOne(asRead));
        if (deletedCount === 1) await insertUnlessThere(document);
        await database.run(() => moving.deleteOne({ _id: id }));
        if (deletedCount === 1) return;
      }
    },
    recover: async () => {
      for (const document of await database.run(() => moving.find().toArray())) {
        await insertUnlessThere(document);
        await database.run(() => moving.deleteOne({ _id: document._id }));
      }
    },
  };
}
