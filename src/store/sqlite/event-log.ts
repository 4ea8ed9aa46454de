import { join } from 'node:path';
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
import { type Cell, type Database, openDatabase } from './database.ts';

/** The name of the log's file in the data folder: one of its own, so that it never waits for readings, nor they for it. */
export const EVENT_FILE = 'events.db';

export interface SqliteEventLogOptions {
  readonly folder: string;
  /** Entries that are kept. */
  readonly most: number;
  readonly maxBytes?: number | undefined;
  /** True: nobody else opens the file meanwhile. */
  readonly alone?: boolean | undefined;
}

/** The log and the connection it holds. */
export interface SqliteEventLog extends EventLog {
  close(): void;
}

/** Entries that one page looks through, and in how many steps. */
const STEP_ENTRIES = 100_000;
const STEPS = 5;

type EventRow = [
  number: number,
  at: number,
  stage: string,
  level: number,
  message: string,
  code: string | null,
  placeId: string | null,
  fields: string,
];

const TABLES = `
  CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, stage TEXT NOT NULL, level INTEGER NOT NULL,
    message TEXT NOT NULL, code TEXT, placeId TEXT, fields TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_at ON events (at, level);
  CREATE VIRTUAL TABLE IF NOT EXISTS event_words USING fts5 (
    text, tokenize = 'trigram', content = '', contentless_delete = 1
  );
`;
const COLUMNS = 'e.number, e.at, e.stage, e.level, e.message, e.code, e.placeId, e.fields';

/**
 * The file is opened, and made, when the log is used first: most commands never do.
 *
 * @throws HarmattanError HMT_FOLDER_READ_ONLY, HMT_STORE_UNAVAILABLE
 */
export function sqliteEventLog(options: SqliteEventLogOptions): SqliteEventLog {
  let opened: OpenLog | null = null;
  const log = () => {
    opened ??= openLog(options);
    return opened;
  };
  return {
    append: async (events) => log().append(events),
    query: async (query) => pageOf(log().db, query),
    histogram: async (query, buckets) => bars(log().db, query, buckets),
    trim: async () => log().trim(options.most),
    close: () => opened?.db.close(),
  };
}

interface OpenLog {
  readonly db: Database;
  append(events: readonly ProgramEvent[]): void;
  trim(most: number): number;
}

function openLog({ folder, maxBytes, alone }: SqliteEventLogOptions): OpenLog {
  // Entries of the last seconds before a power cut may go: nothing waits for the disk.
  const db = openDatabase({ path: join(folder, EVENT_FILE), maxBytes, fsync: false, alone });
  db.exec('PRAGMA cache_size = -4096');
  db.write(() => db.exec(TABLES));
  const insert = db.statement(
    'INSERT INTO events (at, stage, level, message, code, placeId, fields) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertWords = db.statement('INSERT INTO event_words (rowid, text) VALUES (?, ?)');
  const beyond = db.query<[number]>('SELECT number FROM events ORDER BY number DESC LIMIT 1 OFFSET ?');
  const removeWords = db.statement(
    'DELETE FROM event_words WHERE rowid IN (SELECT number FROM events WHERE number <= ?)',
  );
  const remove = db.statement('DELETE FROM events WHERE number <= ?');
  // The index numbers its own rows beyond what a number of JavaScript can hold.
  for (const statement of [insertWords, removeWords, remove]) statement.setReadBigInts(true);
  return {
    db,
    append(events) {
      if (events.length === 0) return;
      db.write(() => {
        for (const event of events) {
          const { at, stage, level, message, code, placeId, fields } = event;
          const rank = EVENT_LEVELS.indexOf(level);
          const { lastInsertRowid } = insert.run(at, stage, rank, message, code, placeId, JSON.stringify(fields));
          insertWords.run(lastInsertRowid, searchedText(event));
        }
      });
    },
    trim: (most) =>
      db.write(() => {
        const last = beyond.get(most)?.[0];
        if (last === undefined) return 0;
        removeWords.run(last);
        return Number(remove.run(last).changes);
      }),
  };
}

const searchedText = ({ message, code, fields }: ProgramEvent): string =>
  [message, code ?? '', ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join('\n');

function conditionOf({ placeId, stage, level }: Pick<EventQuery, 'placeId' | 'stage' | 'level'>): {
  readonly sql: string;
  readonly values: readonly (string | number)[];
} {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const also = (sql: string, value: string | number) => {
    parts.push(sql);
    values.push(value);
  };
  if (placeId !== undefined) also('e.placeId = ?', placeId);
  if (stage !== undefined) also('e.stage = ?', stage);
  if (level !== undefined) also('e.level >= ?', EVENT_LEVELS.indexOf(level));
  return { sql: parts.length === 0 ? 'true' : parts.join(' AND '), values };
}

const pageOf = (db: Database, query: EventQuery) => db.snapshot(() => lookThrough(db, query));

/** Looks from the newest number down, a stretch at a time, until the page is full, the range ends or enough was looked at. */
function lookThrough(db: Database, query: EventQuery): Awaited<ReturnType<EventLog['query']>> {
  const { from, to, text, limit } = query;
  const condition = conditionOf(query);
  const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : readCursor<[number]>(query.cursor, 'n')[0];
  const [first, last] = db
    .query<[number | null, number | null]>('SELECT min(number), max(number) FROM events WHERE at >= ? AND at < ?')
    .get(from, to) ?? [null, null];
  if (first === null || last === null) return { items: [], nextCursor: null };
  const search = db.query<EventRow>(searchOf(text, condition.sql));
  // One phrase: signs that mean something to the index mean themselves inside the quotes.
  const words = text === undefined ? [] : [`"${text.replaceAll('"', '""')}"`];
  const items: StoredEvent[] = [];
  let end = Math.min(last + 1, before);
  for (let step = 0; step < STEPS && end > first && items.length < limit; step++) {
    const begin = Math.max(first, end - STEP_ENTRIES);
    const wanted = limit - items.length;
    const rows = search.all(...words, begin, end, from, to, ...condition.values, wanted);
    items.push(...rows.map(eventOf));
    end = rows.length < wanted ? begin : (rows.at(-1)?.[0] ?? begin);
  }
  return { items, nextCursor: end > first ? writeCursor([end]) : null };
}

function searchOf(text: string | undefined, condition: string): string {
  const within = `e.number >= ? AND e.number < ? AND e.at >= ? AND e.at < ? AND ${condition} ORDER BY e.number DESC LIMIT ?`;
  if (text === undefined) return `SELECT ${COLUMNS} FROM events e WHERE ${within}`;
  return `SELECT ${COLUMNS} FROM event_words w CROSS JOIN events e ON e.number = w.rowid
    WHERE w.event_words MATCH ? AND ${within.replaceAll('e.number', 'w.rowid')}`;
}

const eventOf = ([id, at, stage, level, message, code, placeId, fields]: EventRow): StoredEvent => ({
  id,
  at,
  stage,
  level: EVENT_LEVELS[level] ?? ('error' satisfies EventLevel),
  message,
  code,
  placeId,
  fields: JSON.parse(fields) as StoredEvent['fields'],
});

function bars(
  db: Database,
  query: Omit<EventQuery, 'limit' | 'cursor' | 'text'>,
  buckets: number,
): readonly EventBucket[] {
  const widthMs = Math.max(1, Math.ceil((query.to - query.from) / buckets));
  const condition = conditionOf(query);
  const counts = db.query<[bucket: number, level: number, count: number] & readonly Cell[]>(
    `SELECT CAST((e.at - ?1) / ?2 AS INTEGER), e.level, count(*) FROM events e WHERE e.at >= ?1 AND e.at < ?3
         AND ${condition.sql} GROUP BY 1, 2 ORDER BY 1`,
  );
  const rows = db.read(() => counts.all(query.from, widthMs, query.to, ...condition.values));
  const found = new Map<number, { at: Instant; info: number; warn: number; error: number }>();
  for (const [bucket, level, count] of rows) {
    const at = query.from + bucket * widthMs;
    const bar = found.get(at) ?? { at, info: 0, warn: 0, error: 0 };
    bar[EVENT_LEVELS[level] ?? 'error'] += count;
    found.set(at, bar);
  }
  return [...found.values()];
}
