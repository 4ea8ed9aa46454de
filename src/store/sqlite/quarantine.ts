import type { Topic } from '../../journal/topics.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { QuarantineEntry, QuarantineStore } from '../store.ts';
import type { Database } from './database.ts';

export interface SqliteQuarantine extends QuarantineStore {
  /** Adds entries that are not there yet, inside a transaction. Returns how many were new. */
  add(entries: readonly QuarantineEntry[]): number;
}

type EntryRow = [
  number: number,
  id: string,
  topic: string,
  partition: number,
  offset: number,
  item: number,
  receivedAt: number,
  code: string,
  detail: string,
  value: Uint8Array,
  valueBytes: number,
  placeId: string | null,
  slotAt: number | null,
  source: string | null,
];

const FIELDS =
  'id, topic, partition, "offset", item, receivedAt, code, detail, value, valueBytes, placeId, slotAt, source';

const toEntry = (row: EntryRow): QuarantineEntry => ({
  id: row[1],
  topic: row[2] as Topic,
  partition: row[3],
  offset: row[4],
  item: row[5],
  receivedAt: row[6],
  code: row[7],
  detail: row[8],
  value: row[9],
  valueBytes: row[10],
  placeId: row[11],
  slotAt: row[12],
  source: row[13],
});

export function sqliteQuarantine(db: Database): SqliteQuarantine {
  const insert = db.statement(
    `INSERT INTO quarantine (${FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const one = db.query<EntryRow>(`SELECT number, ${FIELDS} FROM quarantine WHERE id = ?`);
  const page = db.query<EntryRow>(`SELECT number, ${FIELDS} FROM quarantine WHERE number > ? ORDER BY number LIMIT ?`);
  const pageOfCode = db.query<EntryRow>(
    `SELECT number, ${FIELDS} FROM quarantine WHERE code = ? AND number > ? ORDER BY number LIMIT ?`,
  );
  const remove = db.statement('DELETE FROM quarantine WHERE id = ?');
  const counts = db.query<[string, number]>('SELECT code, count(*) FROM quarantine GROUP BY code ORDER BY code');

  return {
    add: (entries) => {
      let added = 0;
      for (const e of entries)
        added += Number(
          insert.run(
            e.id,
            e.topic,
            e.partition,
            e.offset,
            e.item,
            e.receivedAt,
            e.code,
            e.detail,
            e.value,
            e.valueBytes,
            e.placeId,
            e.slotAt,
            e.source,
          ).changes,
        );
      return added;
    },
    query: async ({ code, limit, cursor }) =>
      db.read(() => {
        const [after] = cursor === undefined ? [0] : readCursor<[number]>(cursor, 'n');
        const rows = code === undefined ? page.all(after, limit + 1) : pageOfCode.all(code, after, limit + 1);
        const items = rows.slice(0, limit);
        const last = items.at(-1);
        return {
          items: items.map(toEntry),
          nextCursor: rows.length > limit && last ? writeCursor([last[0]]) : null,
        };
      }),
    get: async (id) =>
      db.read(() => {
        const row = one.get(id);
        return row ? toEntry(row) : null;
      }),
    remove: async (ids) => db.write(() => ids.reduce((gone, id) => gone + Number(remove.run(id).changes), 0)),
    count: async () => db.read(() => Object.fromEntries(counts.all())),
  };
}
