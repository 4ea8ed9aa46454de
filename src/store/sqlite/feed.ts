import { lookPauseMs } from '../../core/look-pause.ts';
import type { Clock, Instant } from '../../core/time.ts';
import { SLOT_STATES, type Slot, type SlotState } from '../../ledger/ledger.ts';
import { FEED_AGE_MS, FEED_ITEMS, LISTED_ITEMS, newestSlots, spansOf } from '../feed-changes.ts';
import type { Feed, FeedEntry, FeedItem } from '../store.ts';
import type { ChangedReading } from './arrivals.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';

/** What a write transaction adds to the feed. */
export interface FeedChanges {
  readonly readings?: readonly ChangedReading[];
  readonly slots?: readonly Pick<Slot, 'placeId' | 'slotAt' | 'state'>[];
  readonly forecasts?: readonly { readonly placeId: string; readonly issuedAt: Instant }[];
}

export interface SqliteFeed extends Feed {
  /** Adds one row for a transaction's changes; inside that transaction. */
  append(changes: FeedChanges, at: Instant): void;
  /** Wakes who waits in this process; after the commit. */
  wake(): void;
  /** Drops a bounded number of rows that are too old at `now`; inside a transaction. Returns how many. */
  dropOld(now: Instant): number;
  /** Wakes everybody for the last time. */
  close(): void;
}

/** Rows that one step of trimming drops at most. */
const STEP_ROWS = 5_000;

/**
 * `[0, place, source, validAt, correction, since?]`, `[1, place, issuedAt]`, `[2, place, slotAt, state]` with the
 * numbers of the dictionaries and of SLOT_STATES.
 */
type PackedItem =
  | [kind: 0, place: number, source: number, validAt: Instant, correction: 0 | 1, since?: Instant]
  | [kind: 1, place: number, issuedAt: Instant]
  | [kind: 2, place: number, slotAt: Instant, state: number];

const POSITION = /^(\d{1,15})-(\d{1,15})$/;

interface FeedOptions {
  readonly db: Database;
  readonly places: Dictionary;
  readonly sources: Dictionary;
  readonly clock: Clock;
  readonly watchForeignMs: number | null;
}

export function sqliteFeed({ db, places, sources, clock, watchForeignMs }: FeedOptions): SqliteFeed {
  const insert = db.statement('INSERT INTO feed (last, count, at, items) VALUES (?, ?, ?, ?)');
  const lastRow = db.query<[number]>('SELECT last FROM feed ORDER BY last DESC LIMIT 1');
  const firstRow = db.query<[number, Instant, number]>('SELECT last - count, at, last FROM feed ORDER BY last LIMIT 1');
  const after = db.query<[number, number, Instant, string]>(
    'SELECT last, count, at, items FROM feed WHERE last > ? ORDER BY last LIMIT 64',
  );
  const oldestAfter = db.query<[Instant]>('SELECT at FROM feed WHERE last > ? ORDER BY last LIMIT 1');
  const drop = db.statement('DELETE FROM feed WHERE last <= ?');
  const epochsRow = db.query<[string]>("SELECT value FROM store_meta WHERE key = 'feedEpochs'");
  const waiters = new Set<() => void>();

  /** Where each restore from a backup began a new epoch; the first epoch is 0 and has no entry. */
  const epochs = (): readonly number[] => JSON.parse(epochsRow.get()?.[0] ?? '[]') as number[];
  const last = () => lastRow.get()?.[0] ?? 0;
  const positionOf = (sequence: number, epoch = epochs().length) => `${epoch}-${sequence}`;

  /**
   * The sequence number of a position, or `null` when it is not one of this feed: from before a restore, and beyond what
   * the backup held.
   */
  const sequenceOf = (position: string): number | null => {
    const match = POSITION.exec(position);
    if (!match) return null;
    const [epoch, sequence] = [Number(match[1]), Number(match[2])];
    const starts = epochs();
    if (epoch > starts.length || sequence > last()) return null;
    return starts.slice(epoch).every((start) => sequence <= start) ? sequence : null;
  };

  const unpack = (item: PackedItem): FeedItem => {
    const placeId = places.idOf(item[1]);
    if (item[0] === 1) return { kind: 'forecast', placeId, issuedAt: item[2] };
    if (item[0] === 2)
      return { kind: 'slot', key: { placeId, slotAt: item[2] }, state: SLOT_STATES[item[3]] as SlotState };
    const key = { placeId, validAt: item[3], source: sources.idOf(item[2]) };
    const entry = { kind: 'observation', key, correction: item[4] === 1 } as const;
    return item[5] === undefined ? entry : { ...entry, since: item[5] };
  };

  const read: Feed['read'] = async (position, limit) =>
    db.snapshot(() => {
      const kept = firstRow.get()?.[0] ?? last();
      const asked = position === null ? 0 : sequenceOf(position);
      const gap = asked === null || asked < kept;
      const epoch = epochs().length;
      const entries: FeedEntry[] = [];
      let reached = gap ? kept : asked;
      while (entries.length < limit) {
        const rows = after.all(reached);
        if (rows.length === 0) break;
        for (const [rowLast, count, at, items] of rows) {
          const first = rowLast - count + 1;
          const skipped = Math.max(0, reached + 1 - first);
          const wanted = (JSON.parse(items) as PackedItem[]).slice(skipped, skipped + limit - entries.length);
          for (const [index, item] of wanted.entries())
            entries.push({ position: positionOf(first + skipped + index, epoch), at, item: unpack(item) });
          if (entries.length >= limit) break;
          reached = rowLast;
        }
      }
      return { entries, gap };
    });

  const isBehind = (position: string | null) => {
    const asked = position === null ? 0 : sequenceOf(position);
    return asked === null || last() > asked;
  };

  /** One loop for all waiters, only while there are any: looks whether another process has committed. */
  let watching = false;
  let foreignAt = Number.NEGATIVE_INFINITY;
  const watchForeign = async (everyMs: number) => {
    watching = true;
    let version = db.foreignVersion();
    while (waiters.size > 0) {
      await clock.sleep(lookPauseMs(clock.now() - foreignAt, everyMs), idle.signal);
      if (closed()) break;
      const now = db.foreignVersion();
      if (now !== version) {
        foreignAt = clock.now();
        wake();
      }
      version = now;
    }
    watching = false;
  };
  const idle = new AbortController();
  const closed = () => idle.signal.aborted;
  const wake = () => {
    for (const resolve of [...waiters]) resolve();
  };

  return {
    read,
    head: async () =>
      db.read(() => {
        const newest = last();
        return newest === 0 ? null : positionOf(newest);
      }),
    lag: async (position) =>
      db.snapshot(() => {
        const asked = (position === null ? 0 : sequenceOf(position)) ?? firstRow.get()?.[0] ?? 0;
        return { entries: Math.max(0, last() - asked), oldestAt: oldestAfter.get(asked)?.[0] ?? null };
      }),
    wait: (position, signal) =>
      new Promise((resolve, reject) => {
        try {
          if (signal.aborted || db.read(() => isBehind(position))) return resolve();
        } catch (error) {
          return reject(error);
        }
        const finish = () => {
          waiters.delete(finish);
          signal.removeEventListener('abort', finish);
          resolve();
        };
        waiters.add(finish);
        signal.addEventListener('abort', finish, { once: true });
        if (watchForeignMs !== null && !watching) void watchForeign(watchForeignMs).catch(finish);
      }),
    wake,
    append: (changes, at) => {
      const items = pack(changes, places);
      if (items.length === 0) return;
      const newest = last() + items.length;
      insert.run(newest, items.length, at, JSON.stringify(items));
      const oldest = firstRow.get();
      if (oldest && oldest[2] <= newest - FEED_ITEMS) drop.run(newest - FEED_ITEMS);
    },
    dropOld: (now) => {
      // The newest row stays, however old: the head is where readers go on.
      const [before, newest] = [now - FEED_AGE_MS, last()];
      let dropped = 0;
      for (let row = firstRow.get(); row && row[1] < before && row[2] < newest; row = firstRow.get()) {
        dropped += Number(drop.run(row[2]).changes);
        if (dropped >= STEP_ROWS) break;
      }
      return dropped;
    },
    close: () => {
      idle.abort();
      wake();
    },
  };
}

function pack(changes: FeedChanges, places: Dictionary): readonly PackedItem[] {
  const { readings = [], slots = [], forecasts = [] } = changes;
  const items: PackedItem[] = readings.length > LISTED_ITEMS ? newestReadings(readings) : [];
  if (readings.length <= LISTED_ITEMS)
    for (const { place, source, validAt, correction } of readings)
      items.push([0, place, source, validAt, correction ? 1 : 0]);
  for (const { placeId, slotAt, state } of slots.length > LISTED_ITEMS ? newestSlots(slots) : slots)
    items.push([2, places.numberOf(placeId), slotAt, SLOT_STATES.indexOf(state)]);
  for (const { placeId, issuedAt } of forecasts) items.push([1, places.numberOf(placeId), issuedAt]);
  return items;
}

/** One item per place and source: its newest reading, and since when its rows changed. */
const newestReadings = (readings: readonly ChangedReading[]): PackedItem[] =>
  spansOf(readings, ({ place, source }) => `${place}/${source}`).map(({ newest, since, correction }) => [
    0,
    newest.place,
    newest.source,
    newest.validAt,
    correction ? 1 : 0,
    since,
  ]);
