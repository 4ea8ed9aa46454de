import type { Instant } from '../../core/time.ts';
import type { Collections, FeedRow } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { isDuplicate } from './failure.ts';

/** A row without its number. */
export interface RowContent {
  readonly last: number;
  readonly count: number;
  readonly at: Instant;
  readonly items: string;
}

/**
 * The feed's rows, numbered without a gap. A writer adds the row after the last one; where another has taken that number,
 * the next. So no row ever appears before one that a reader has seen, without a lock and without a counter.
 */
export interface FeedChain {
  numberOf(row: FeedRow): number;
  row(number: number): Promise<FeedRow | null>;
  /** The rows from a number on, up to the first that is not there. */
  rows(from: number, count: number): Promise<readonly FeedRow[]>;
  /** The newest row; `null` while there is none. */
  head(): Promise<FeedRow | null>;
  /** The newest row and the oldest that is kept. */
  ends(): Promise<{ readonly head: FeedRow; readonly oldest: FeedRow } | null>;
  /** Adds a row, which `make` is given the last item's number for. Resolves with it. */
  append(make: (last: number) => RowContent): Promise<FeedRow>;
  /** Drops the oldest rows as long as `isOver` says so, at most so many, never the newest. Returns how many. */
  drop(isOver: (row: FeedRow) => boolean, most: number): Promise<number>;
}

/** How many rows may lie beyond the noted head: what a process that has just started looks through. */
const NOTE_EVERY = 32;

/** The row of `hmt_meta` that says about where the feed begins and ends. */
const NOTE_ID = 'feed';

const idOf = (number: number): string => String(number).padStart(12, '0');

export function feedChain(database: MongoDatabase, { feed, meta }: Pick<Collections, 'feed' | 'meta'>): FeedChain {
  /** The newest row that this process has seen. */
  let seen: FeedRow | null = null;
  /** The oldest row that this process has seen kept. */
  let oldestSeen: FeedRow | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  const numberOf = (row: FeedRow) => Number(row._id);
  const row = (number: number) => database.run(() => feed.findOne({ _id: idOf(number) }));
  const noted = async () => {
    const note = await database.run(() => meta.findOne({ _id: NOTE_ID }));
    return { head: Number(note?.head ?? 0), oldest: Number(note?.oldest ?? 1) };
  };
  const note = (what: { readonly head: number } | { readonly oldest: number }) =>
    database.upsert(() => meta.updateOne({ _id: NOTE_ID }, { $max: what }, { upsert: true }));

  /** A row to begin with: near the head where the writers have noted it, and never one that is dropped. */
  const begin = async (): Promise<FeedRow | null> => {
    const { head: near, oldest: first } = await noted();
    const from = Math.max(near, first);
    for (let number = from; number <= from + NOTE_EVERY; number++) {
      const found = await row(number);
      if (found || near === 0) return found;
    }
    return null;
  };

  const head = async (): Promise<FeedRow | null> => {
    for (;;) {
      let reached = seen ?? (await begin());
      for (let steps = 1; reached; steps++) {
        const next = await row(numberOf(reached) + 1);
        if (!next) break;
        reached = next;
        if (steps % NOTE_EVERY === 0) reached = (await row((await noted()).head)) ?? reached;
      }
      // The newest row is never dropped: one that is gone had others after it, and they may be gone too.
      if (!reached || (await row(numberOf(reached)))) {
        if (reached && (!seen || reached.last >= seen.last)) seen = reached;
        return seen;
      }
      seen = null;
    }
  };

  const oldest = async (newest: FeedRow): Promise<FeedRow> => {
    if (oldestSeen && (await row(numberOf(oldestSeen)))) return oldestSeen;
    // Rows may be gone that the note still names: their dropper was cut off before it noted.
    for (let number = (await noted()).oldest; number < numberOf(newest); number++) {
      const found = await row(number);
      if (found) {
        oldestSeen = found;
        return found;
      }
    }
    return newest;
  };

  const appendNow = async (make: (last: number) => RowContent): Promise<FeedRow> => {
    for (;;) {
      const last = await head();
      const added: FeedRow = { _id: idOf(last ? numberOf(last) + 1 : 1), ...make(last?.last ?? 0) };
      try {
        await database.run(() => feed.insertOne(added));
      } catch (error) {
        if (isDuplicate(error)) continue;
        throw error;
      }
      if ((await noted()).oldest > numberOf(added)) {
        // So much was written and dropped while this process stood still that the number was free again.
        await database.run(() => feed.deleteOne({ _id: added._id }));
        seen = null;
        continue;
      }
      seen = added;
      if (numberOf(added) % NOTE_EVERY === 0) await note({ head: numberOf(added) });
      return added;
    }
  };

  return {
    numberOf,
    row,
    head,
    rows: async (from, count) => {
      const ids = Array.from({ length: count }, (_, index) => idOf(from + index));
      const rows = await database.byIds(feed, ids);
      const end = rows.indexOf(undefined);
      return (end < 0 ? rows : rows.slice(0, end)) as FeedRow[];
    },
    ends: async () => {
      const newest = await head();
      return newest ? { head: newest, oldest: await oldest(newest) } : null;
    },
    append: (make) => {
      // Of one process's writers one at a time: against each other they would only try again and again.
      const added = turn.then(() => appendNow(make));
      turn = added.catch(() => {});
      return added;
    },
    drop: async (isOver, most) => {
      const newest = seen ?? (await head());
      if (!newest) return 0;
      let dropped = 0;
      let first = await oldest(newest);
      while (dropped < most && numberOf(first) < numberOf(newest) && isOver(first)) {
        const { _id } = first;
        await database.run(() => feed.deleteOne({ _id }));
        dropped++;
        first = (await row(Number(_id) + 1)) ?? newest;
        oldestSeen = first;
      }
      if (dropped > 0 && (most > 1 || numberOf(first) % NOTE_EVERY === 0)) await note({ oldest: numberOf(first) });
      return dropped;
    },
  };
}
