import type { Collection, Filter } from 'mongodb';
import type { Instant } from '../../core/time.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import {
  EVENT_LEVELS,
  type EventBucket,
  type EventLevel,
  type EventLog,
  type EventQuery,
  type ProgramEvent,
  type StoredEvent,
} from '../event-log.ts';
import type { Collections } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { refusedDocuments } from './failure.ts';

interface EventRow {
  readonly _id: number;
  readonly at: Instant;
  readonly stage: string;
  /** Its place in EVENT_LEVELS. */
  readonly level: number;
  readonly message: string;
  readonly code: string | null;
  readonly placeId: string | null;
  readonly fields: ProgramEvent['fields'];
  /** What is searched, in small letters. */
  readonly text: string;
}

/** Entries that a search by text looks through for one page. */
const STRETCH = 50_000;
const NOTE_ID = 'events';

/** The log keeps its newest `most` entries. */
export function mongodbEventLog(database: MongoDatabase, { meta }: Pick<Collections, 'meta'>, most: number): EventLog {
  const events: Collection<EventRow> = database.collection('hmt_events');
  const last = async () => Number((await database.run(() => meta.findOne({ _id: NOTE_ID })))?.last ?? 0);

  const append = async (given: readonly ProgramEvent[]): Promise<void> => {
    for (let left = given; left.length > 0; ) {
      const taken = await database.upsert(() =>
        meta.findOneAndUpdate(
          { _id: NOTE_ID },
          { $inc: { last: left.length } },
          { upsert: true, returnDocument: 'after' },
        ),
      );
      const first = Number(taken?.last ?? left.length) - left.length + 1;
      const rows = left.map((event, index) => toRow(event, first + index));
      try {
        await database.run(() => events.insertMany(rows, { ordered: false }));
        return;
      } catch (error) {
        // Another process was given the same numbers, as an engine does that counts without a lock.
        const refused = refusedDocuments(error);
        if (!refused) throw error;
        left = left.filter((_, index) => refused.has(index));
      }
    }
  };

  return {
    append,
    query: async (query) => {
      const [before] = query.cursor === undefined ? [(await last()) + 1] : readCursor<[number]>(query.cursor, 'n');
      const from = query.text === undefined ? 0 : before - STRETCH;
      const rows = await database.run(() =>
        events
          .find({ ...filterOf(query), _id: { $lt: before, $gte: from } })
          .sort({ _id: -1 })
          .limit(query.limit + 1)
          .toArray(),
      );
      const items = rows.slice(0, query.limit).map(toEvent);
      if (rows.length > query.limit) return { items, nextCursor: writeCursor([items.at(-1)?.id ?? from]) };
      return { items, nextCursor: from > 1 ? writeCursor([from]) : null };
    },
    histogram: async (query, buckets) => {
      const widthMs = Math.ceil((query.to - query.from) / buckets);
      const bars = new Map<number, { info: number; warn: number; error: number }>();
      const cursor = events.find(filterOf(query)).project<Pick<EventRow, 'at' | 'level'>>({ _id: 0, at: 1, level: 1 });
      try {
        for (let row = await database.run(() => cursor.next()); row; row = await database.run(() => cursor.next())) {
          const index = Math.floor((row.at - query.from) / widthMs);
          const bar = bars.get(index) ?? { info: 0, warn: 0, error: 0 };
          bars.set(index, bar);
          bar[levelOf(row.level)]++;
        }
      } finally {
        await cursor.close();
      }
      return [...bars]
        .sort(([one], [other]) => one - other)
        .map(([index, bar]): EventBucket => ({ at: query.from + index * widthMs, ...bar }));
    },
    trim: async () => {
      const through = (await last()) - most;
      if (through <= 0) return 0;
      return (await database.run(() => events.deleteMany({ _id: { $lte: through } }))).deletedCount;
    },
  };
}

/** Makes the indexes that searching needs. */
export async function makeEventIndexes(database: MongoDatabase): Promise<void> {
  const events = database.collection<EventRow>('hmt_events');
  await database.run(() => events.createIndexes([{ key: { at: 1 } }, { key: { placeId: 1, _id: -1 } }]));
}

const levelOf = (rank: number): EventLevel => EVENT_LEVELS[rank] ?? 'info';

function filterOf({ from, to, placeId, stage, level, text }: Omit<EventQuery, 'limit'>): Filter<EventRow> {
  return {
    at: { $gte: from, $lt: to },
    ...(placeId === undefined ? {} : { placeId }),
    ...(stage === undefined ? {} : { stage }),
    ...(level === undefined ? {} : { level: { $gte: EVENT_LEVELS.indexOf(level) } }),
    ...(text === undefined ? {} : { text: { $regex: text.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, '\\$&') } }),
  };
}

function toRow({ at, stage, level, message, code, placeId, fields }: ProgramEvent, id: number): EventRow {
  const searched = [message, code ?? '', ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)];
  const text = searched.join('\n').toLowerCase();
  return { _id: id, at, stage, level: EVENT_LEVELS.indexOf(level), message, code, placeId, fields, text };
}

const toEvent = ({ _id, text: _text, level, ...rest }: EventRow): StoredEvent => ({
  id: _id,
  ...rest,
  level: levelOf(level),
});
