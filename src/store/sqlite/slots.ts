import { HarmattanError } from '../../core/errors.ts';
import type { Clock, Instant } from '../../core/time.ts';
import { toRfc3339 } from '../../core/time.ts';
import { SLOT_STATES, type Slot, type SlotKey, type SlotState } from '../../ledger/ledger.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { SlotQuery, SlotStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';
import type { SqliteFeed } from './feed.ts';

export interface SqliteSlots extends SlotStore {
  /** Writes slots by compare-and-set inside a transaction. @throws HarmattanError HMT_STORE_CONFLICT */
  write(slots: readonly Slot[]): void;
}

type SlotRow = [
  slotAt: Instant,
  place: number,
  state: number,
  version: number,
  arrivedAt: Instant | null,
  validAt: Instant | null,
  source: number | null,
  reason: string | null,
  detail: string | null,
];

const COLUMNS = 's.slotAt, s.place, s.state, s.version, s.arrivedAt, s.validAt, s.source, s.reason, s.detail';

/**
 * The slot times of `[?1, ?2)`, found by leaping from one to the next in the key: slots lie on few instants, each with
 * every place, so that one place is read without an index of its own.
 */
const SLOT_TIMES = `WITH RECURSIVE times (at) AS (
    SELECT min(slotAt) FROM slots WHERE slotAt >= ?1 AND slotAt < ?2
    UNION ALL
    SELECT (SELECT min(slotAt) FROM slots WHERE slotAt > times.at AND slotAt < ?2) FROM times WHERE times.at IS NOT NULL
  )`;

interface SlotsOptions {
  readonly db: Database;
  readonly places: Dictionary;
  readonly sources: Dictionary;
  readonly feed: SqliteFeed;
  readonly clock: Clock;
}

export function sqliteSlots({ db, places, sources, feed, clock }: SlotsOptions): SqliteSlots {
  const one = db.query<SlotRow>(`SELECT ${COLUMNS} FROM slots s WHERE s.slotAt = ? AND s.place = ?`);
  const newest = db.query<[Instant | null]>('SELECT max(slotAt) FROM slots');
  const insert = db.statement(
    `INSERT INTO slots (state, arrivedAt, validAt, source, reason, detail, version, slotAt, place)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const update = db.statement(
    `UPDATE slots SET (state, arrivedAt, validAt, source, reason, detail, version) = (?, ?, ?, ?, ?, ?, ?)
     WHERE slotAt = ? AND place = ? AND version = ?`,
  );

  const toSlot = (row: SlotRow): Slot => ({
    placeId: places.idOf(row[1]),
    slotAt: row[0],
    state: SLOT_STATES[row[2]] as SlotState,
    reason: row[7],
    detail: row[8],
    arrivedAt: row[4],
    validAt: row[5],
    source: row[6] === null ? null : sources.idOf(row[6]),
    version: row[3],
  });

  const write = (slots: readonly Slot[]) => {
    for (const slot of slots) {
      const place = places.numberOf(slot.placeId);
      const source = slot.source === null ? null : sources.numberOf(slot.source);
      const { arrivedAt, validAt, reason, detail, version, slotAt } = slot;
      const state = SLOT_STATES.indexOf(slot.state);
      const { changes } =
        version === 1
          ? insert.run(state, arrivedAt, validAt, source, reason, detail, version, slotAt, place)
          : update.run(state, arrivedAt, validAt, source, reason, detail, version, slotAt, place, version - 1);
      if (changes !== 1)
        throw new HarmattanError('HMT_STORE_CONFLICT', {
          detail: `Slot ${slot.placeId} ${toRfc3339(slotAt)} is not at version ${version - 1}.`,
        });
    }
  };

  const open = (keys: readonly SlotKey[]) => {
    const opened = keys.filter(
      ({ placeId, slotAt }) =>
        insert.run(0, null, null, null, null, null, 1, slotAt, places.numberOf(placeId)).changes === 1,
    );
    feed.append({ slots: opened.map((key) => ({ ...key, state: 'pending' as const })) }, clock.now());
    return opened.length;
  };

  return {
    write,
    get: async (keys) =>
      db.snapshot(() => {
        // What has just arrived fills slots that nobody opened: one look at the newest spares a look-up for each.
        const newestAt = newest.get()?.[0] ?? Number.NEGATIVE_INFINITY;
        return keys.map(({ placeId, slotAt }) => {
          const place = slotAt > newestAt ? null : places.find(placeId);
          const row = place === null ? undefined : one.get(slotAt, place);
          return row ? toSlot(row) : null;
        });
      }),
    put: async (slots) => {
      db.write(() => {
        write(slots);
        feed.append({ slots }, clock.now());
      });
      feed.wake();
    },
    open: async (keys) => {
      const opened = db.write(() => open(keys));
      if (opened > 0) feed.wake();
      return opened;
    },
    ...slotReader(db, places, toSlot),
  };
}

function slotReader(
  db: Database,
  places: Dictionary,
  toSlot: (row: SlotRow) => Slot,
): Pick<SlotStore, 'query' | 'count' | 'extent'> {
  const everywhere = db.query<SlotRow>(
    `SELECT ${COLUMNS} FROM slots s CROSS JOIN places p ON p.number = s.place
     WHERE s.slotAt >= ?1 AND s.slotAt < ?2 AND (s.slotAt > ?1 OR p.id > ?3) AND (1 << s.state) & ?4
     ORDER BY s.slotAt, p.id LIMIT ?5`,
  );
  const atPlace = db.query<SlotRow>(
    `${SLOT_TIMES} SELECT ${COLUMNS} FROM times CROSS JOIN slots s ON s.slotAt = times.at AND s.place = ?3
     WHERE (1 << s.state) & ?4 LIMIT ?5`,
  );
  const countEverywhere = db.query<[number, number]>(
    'SELECT state, count(*) FROM slots WHERE slotAt >= ? AND slotAt < ? GROUP BY state',
  );
  const countAtPlace = db.query<[number, number]>(
    `${SLOT_TIMES} SELECT s.state, count(*) FROM times CROSS JOIN slots s ON s.slotAt = times.at AND s.place = ?3 GROUP BY s.state`,
  );
  const first = db.query<[Instant]>('SELECT slotAt FROM slots ORDER BY slotAt LIMIT 1');
  const last = db.query<[Instant]>('SELECT slotAt FROM slots ORDER BY slotAt DESC LIMIT 1');

  /** Rows of one page and one more; the place's rows come in slot order as they are found. */
  const page = ({ from, to, placeId, states = SLOT_STATES, limit, cursor }: SlotQuery) => {
    const [afterAt, afterPlace] = cursor === undefined ? [from, ''] : readCursor<[Instant, string]>(cursor, 'ns');
    const mask = states.reduce((bits, state) => bits | (1 << SLOT_STATES.indexOf(state)), 0);
    if (placeId === undefined) return everywhere.all(Math.max(from, afterAt), to, afterPlace, mask, limit + 1);
    const place = places.find(placeId);
    if (place === null) return [];
    return atPlace.all(cursor === undefined ? from : afterAt + 1, to, place, mask, limit + 1);
  };

  return {
    query: async (query) =>
      db.read(() => {
        const rows = page(query);
        const items = rows.slice(0, query.limit).map(toSlot);
        const last = items.at(-1);
        return {
          items,
          nextCursor: rows.length > query.limit && last ? writeCursor([last.slotAt, last.placeId]) : null,
        };
      }),
    count: async (from, to, placeId) =>
      db.read(() => {
        const counts = Object.fromEntries(SLOT_STATES.map((state) => [state, 0])) as Record<SlotState, number>;
        const place = placeId === undefined ? undefined : places.find(placeId);
        if (place === null) return counts;
        const rows = place === undefined ? countEverywhere.all(from, to) : countAtPlace.all(from, to, place);
        for (const [state, count] of rows) counts[SLOT_STATES[state] as SlotState] = count;
        return counts;
      }),
    extent: async () =>
      db.snapshot(() => {
        const [from, to] = [first.get()?.[0], last.get()?.[0]];
        return from === undefined || to === undefined ? null : { from, to };
      }),
  };
}
