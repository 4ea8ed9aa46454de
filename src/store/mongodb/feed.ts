import { lookPauseMs } from '../../core/look-pause.ts';
import type { Clock, Instant } from '../../core/time.ts';
import { SLOT_STATES, type SlotState } from '../../ledger/ledger.ts';
import { FEED_AGE_MS, FEED_ITEMS, type FeedChanges, feedItems } from '../feed-changes.ts';
import type { Feed, FeedEntry, FeedItem } from '../store.ts';
import type { Collections, FeedRow } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { feedChain } from './feed-chain.ts';

export interface MongodbFeed extends Feed {
  /** Adds one row for a write's changes and wakes who waits in this process. Not twice at once. */
  append(changes: FeedChanges, at: Instant): Promise<void>;
  /** Drops a bounded number of rows that are too old at `now`. Returns how many. */
  dropOld(now: Instant): Promise<number>;
  /** Wakes everybody for the last time. */
  close(): void;
}

/** Rows that one step of trimming drops at most, and rows asked for at once. */
const STEP_ROWS = 500;
const ROWS_AT_ONCE = 32;

/** `<row>-<item>`: the row's number, and the item's among all that ever were. */
const POSITION = /^(\d{1,15})-(\d{1,15})$/;

type PackedItem =
  | [kind: 0, placeId: string, source: string, validAt: Instant, correction: 0 | 1, since?: Instant]
  | [kind: 1, placeId: string, issuedAt: Instant]
  | [kind: 2, placeId: string, slotAt: Instant, state: number];

interface FeedOptions {
  readonly database: MongoDatabase;
  readonly collections: Pick<Collections, 'feed' | 'meta'>;
  readonly clock: Clock;
  readonly watchForeignMs: number | null;
}

export function mongodbFeed({ database, collections, clock, watchForeignMs }: FeedOptions): MongodbFeed {
  const chain = feedChain(database, collections);
  const waiters = new Set<() => void>();
  const idle = new AbortController();
  const wake = () => {
    for (const resolve of [...waiters]) resolve();
  };

  /** Where a position is in the feed; `null` when this feed never gave it, or no longer holds what follows it. */
  const sequenceOf = async (position: string, head: FeedRow, oldest: FeedRow): Promise<number | null> => {
    const match = POSITION.exec(position);
    if (!match) return null;
    const [number, sequence] = [Number(match[1]), Number(match[2])];
    if (number > chain.numberOf(head) || sequence > head.last) return null;
    if (sequence === oldest.last - oldest.count && number < chain.numberOf(oldest)) return sequence;
    const row = await chain.row(number);
    return row && sequence <= row.last && sequence > row.last - row.count ? sequence : null;
  };

  const read: Feed['read'] = async (position, limit) => {
    const ends = await chain.ends();
    if (!ends) return { entries: [], gap: position !== null };
    const { head, oldest } = ends;
    const kept = oldest.last - oldest.count;
    const asked = position === null ? 0 : await sequenceOf(position, head, oldest);
    const gap = asked === null || asked < kept;
    const reached = gap ? kept : asked;
    const entries: FeedEntry[] = [];
    let number = gap || position === null ? chain.numberOf(oldest) : Number(POSITION.exec(position)?.[1]);
    number = Math.max(number, chain.numberOf(oldest));
    for (let met = ROWS_AT_ONCE; met === ROWS_AT_ONCE && entries.length < limit; number += ROWS_AT_ONCE) {
      const rows = await chain.rows(number, ROWS_AT_ONCE);
      met = rows.length;
      for (const row of rows) {
        const first = row.last - row.count + 1;
        const skipped = Math.max(0, reached + 1 - first);
        const wanted = unpack(row.items).slice(skipped, skipped + limit - entries.length);
        for (const [index, item] of wanted.entries())
          entries.push({ position: positionOf(row, first + skipped + index), at: row.at, item });
      }
    }
    return { entries, gap };
  };

  const positionOf = (row: FeedRow, sequence: number) => `${chain.numberOf(row)}-${sequence}`;

  const isBehind = async (position: string | null): Promise<boolean> => {
    const head = await chain.head();
    if (!head) return position !== null;
    return position !== positionOf(head, head.last);
  };

  /** One loop for all waiters, only while there are any: looks whether another process has written. */
  let watching = false;
  let foreignAt = Number.NEGATIVE_INFINITY;
  const watchForeign = async (everyMs: number) => {
    watching = true;
    try {
      let before = await chain.head();
      while (waiters.size > 0 && !idle.signal.aborted) {
        await clock.sleep(lookPauseMs(clock.now() - foreignAt, everyMs), idle.signal);
        if (idle.signal.aborted) return;
        const head = await chain.head();
        if (head?.last !== before?.last) {
          foreignAt = clock.now();
          wake();
        }
        before = head;
      }
    } finally {
      watching = false;
    }
  };

  const wait: Feed['wait'] = (position, signal) =>
    new Promise((resolve, reject) => {
      const finish = () => {
        waiters.delete(finish);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const fail = (error: unknown) => {
        waiters.delete(finish);
        reject(error);
      };
      if (signal.aborted) return resolve();
      waiters.add(finish);
      signal.addEventListener('abort', finish, { once: true });
      // Registered first: what is written while this looks wakes it.
      isBehind(position).then((behind) => behind && finish(), fail);
      if (watchForeignMs !== null && !watching) void watchForeign(watchForeignMs).catch(finish);
    });

  return {
    read,
    wait,
    head: async () => {
      const head = await chain.head();
      return head ? positionOf(head, head.last) : null;
    },
    lag: async (position) => {
      const ends = await chain.ends();
      if (!ends) return { entries: 0, oldestAt: null };
      const { head, oldest } = ends;
      const asked = position === null ? 0 : await sequenceOf(position, head, oldest);
      const from = position === null ? 0 : (asked ?? oldest.last - oldest.count);
      if (from >= head.last) return { entries: 0, oldestAt: null };
      const { entries } = await read(asked === null ? null : position, 1);
      return { entries: head.last - from, oldestAt: entries[0]?.at ?? null };
    },
    append: async (changes, at) => {
      const items = feedItems(changes).map(pack);
      if (items.length === 0) return;
      const row = await chain.append((last) => ({
        last: last + items.length,
        count: items.length,
        at,
        items: JSON.stringify(items),
      }));
      await chain.drop(({ last }) => last <= row.last - FEED_ITEMS, 1);
      wake();
    },
    dropOld: (now) => chain.drop(({ at }) => at < now - FEED_AGE_MS, STEP_ROWS),
    close: () => {
      idle.abort();
      wake();
    },
  };
}

function pack(item: FeedItem): PackedItem {
  if (item.kind === 'forecast') return [1, item.placeId, item.issuedAt];
  if (item.kind === 'slot') return [2, item.key.placeId, item.key.slotAt, SLOT_STATES.indexOf(item.state)];
  const { placeId, source, validAt } = item.key;
  const packed: PackedItem = [0, placeId, source, validAt, item.correction ? 1 : 0];
  if (item.since !== undefined) packed.push(item.since as never);
  return packed;
}

const unpack = (text: string): readonly FeedItem[] => (JSON.parse(text) as PackedItem[]).map(unpackItem);

function unpackItem(item: PackedItem): FeedItem {
  const [kind, placeId] = item;
  if (kind === 1) return { kind: 'forecast', placeId, issuedAt: item[2] };
  if (kind === 2) return { kind: 'slot', key: { placeId, slotAt: item[2] }, state: SLOT_STATES[item[3]] as SlotState };
  const key = { placeId, validAt: item[3], source: item[2] };
  const entry = { kind: 'observation', key, correction: item[4] === 1 } as const;
  return item[5] === undefined ? entry : { ...entry, since: item[5] };
}
