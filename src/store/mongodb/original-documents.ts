import { type Document, ObjectId } from 'mongodb';
import type { Instant } from '../../core/time.ts';
import type { MongodbOptions } from './config.ts';
import { openMongoDatabase } from './database.ts';

/** One document of the original system's collection `weather`. */
export interface OriginalDocument {
  readonly fields: Readonly<Record<string, unknown>>;
  /** When the original's database took it, to the second; `null` where its `_id` does not say so. */
  readonly insertedAt: Instant | null;
}

/** A database as the original system left it, or one of ours. */
export interface OriginalDatabase {
  /** True when this program has never written to it. */
  readonly isOriginal: boolean;
  /** How many documents `weather` has, by the database's own estimate. */
  count(): Promise<number>;
  /** All documents in the order in which they lie, read once. */
  documents(): AsyncGenerator<OriginalDocument, void>;
  close(): Promise<void>;
}

/** @throws HarmattanError HMT_STORE_UNREACHABLE, HMT_STORE_LOGIN_REFUSED, HMT_STORE_TLS, HMT_STORE_FORBIDDEN */
export async function originalDatabase(options: MongodbOptions): Promise<OriginalDatabase> {
  const database = await openMongoDatabase(options);
  const weather = database.collection<Document>('weather');
  try {
    const meta = await database.run(() => database.collection('hmt_meta').findOne({ _id: 'store' as never }));
    return {
      isOriginal: meta === null,
      count: () => database.run(() => weather.estimatedDocumentCount()),
      async *documents() {
        const cursor = weather.find().batchSize(1000);
        try {
          for (let one = await database.run(() => cursor.next()); one; one = await database.run(() => cursor.next())) {
            const { _id, ...fields } = one;
            yield { fields, insertedAt: _id instanceof ObjectId ? _id.getTimestamp().getTime() : null };
          }
        } finally {
          await cursor.close();
        }
      },
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
