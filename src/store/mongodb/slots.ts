import { HarmattanError } from '../../core/errors.ts';
import { type Clock, type Instant, toRfc3339 } from '../../core/time.ts';
import { SLOT_STATES, type Slot, type SlotKey, type SlotState } from '../../ledger/ledger.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { SlotQuery, SlotStore } from '../store.ts';
import { abreast } from './abreast.ts';
import type { Collections } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { isDuplicate } from './failure.ts';
import type { MongodbFeed } from './feed.ts';
import { dayOf, emptyDay, packDay, type SlotDay, slotDayId, unpackDay } from './slot-day.ts';

export interface MongodbSlots extends SlotStore {
  /**
   * Writes slots by compare-and-set, a day of a place at a time, and tells the feed nothing. All versions are compared
   * before anything is written; only who writes the same day at the same moment can leave a part written.
   *
   * @throws HarmattanError HMT_STORE_CONFLICT
   */
  write(slots: readonly Slot[]): Promise<void>;
}

interface SlotsOptions {
  readonly database: MongoDatabase;
  readonly collections: Pick<Collections, 'slots'>;
  readonly feed: MongodbFeed;
  readonly clock: Clock;
}

export function mongodbSlots({ database, collections, feed, clock }: SlotsOptions): MongodbSlots {
  const days = collections.slots;

  const read = async (keys: readonly SlotKey[]): Promise<ReadonlyMap<string, SlotDay>> => {
    const byId = new Map(keys.map((key) => [slotDayId(key.placeId, key.slotAt), emptyDay(key)]));
    const rows = await database.byIds(days, [...byId.keys()]);
    for (const row of rows) if (row) byId.set(row._id, unpackDay(row));
    return byId;
  };

  /** Whether the day was written: false when somebody else has written it since it was read. */
  const save = async (day: SlotDay): Promise<boolean> => {
    const row = packDay(day);
    if (day.revision > 0) {
      const asRead = { _id: row._id, revision: day.revision };
      return (await database.run(() => days.replaceOne(asRead, row))).matchedCount === 1;
    }
    try {
      await database.run(() => days.insertOne(row));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };

  /** Changes days; what `change` says of a day is asked again where another writer of the same day was first. */
  const changeDays = async (keys: readonly SlotKey[], change: (day: SlotDay, id: string) => SlotDay) => {
    const changed = [...(await read(keys))].map(([id, day]) => [id, day, change(day, id)] as const);
    await abreast(changed, async ([id, first, then]) => {
      for (let [day, next] = [first, then]; next !== day && !(await save(next)); ) {
        day = (await read([{ placeId: day.placeId, slotAt: day.dayAt }])).get(id) ?? day;
        next = change(day, id);
      }
    });
  };

  const write = async (slots: readonly Slot[]) => {
    const byDay = Map.groupBy(slots, ({ placeId, slotAt }) => slotDayId(placeId, slotAt));
    await changeDays(slots, (day, id) => withSlots(day, byDay.get(id) ?? []));
  };

  return {
    write,
    get: async (keys) => {
      const found = await read(keys);
      return keys.map(({ placeId, slotAt }) => found.get(slotDayId(placeId, slotAt))?.slots.get(slotAt) ?? null);
    },
    put: async (slots) => {
      await write(slots);
      await feed.append({ slots }, clock.now());
    },
    open: async (keys) => {
      const byDay = Map.groupBy(keys, ({ placeId, slotAt }) => slotDayId(placeId, slotAt));
      const opened = new Map<string, readonly Slot[]>();
      await changeDays(keys, (day, id) => {
        const absent = new Set((byDay.get(id) ?? []).map(({ slotAt }) => slotAt).filter((at) => !day.slots.has(at)));
        opened.set(
          id,
          [...absent].map((slotAt) => pendingSlot(day.placeId, slotAt)),
        );
        return absent.size === 0 ? day : withSlots(day, opened.get(id) ?? []);
      });
      const slots = inOrderOf(keys, [...opened.values()].flat());
      await feed.append({ slots }, clock.now());
      return slots.length;
    },
    ...slotReader(database, days),
  };
}

const pendingSlot = (placeId: string, slotAt: Instant): Slot => ({
  placeId,
  slotAt,
  state: 'pending',
  reason: null,
  detail: null,
  arrivedAt: null,
  validAt: null,
  source: null,
  version: 1,
});

/** The feed lists slots as they were named. */
function inOrderOf(keys: readonly SlotKey[], slots: readonly Slot[]): readonly Slot[] {
  const byKey = new Map(slots.map((slot) => [`${slot.placeId} ${slot.slotAt}`, slot]));
  const named = new Map(keys.map(({ placeId, slotAt }) => [`${placeId} ${slotAt}`, null]));
  return [...named.keys()].flatMap((key) => byKey.get(key) ?? []);
}

function withSlots(day: SlotDay, written: readonly Slot[]): SlotDay {
  if (written.length === 0) return day;
  const slots = new Map(day.slots);
  for (const slot of written) {
    const { placeId, slotAt, version } = slot;
    if ((slots.get(slotAt)?.version ?? 0) !== version - 1)
      throw new HarmattanError('HMT_STORE_CONFLICT', {
        detail: `Slot ${placeId} ${toRfc3339(slotAt)} is not at version ${version - 1}.`,
      });
    slots.set(slotAt, slot);
  }
  return { ...day, slots };
}

function slotReader(
  database: MongoDatabase,
  days: Collections['slots'],
): Pick<SlotStore, 'query' | 'count' | 'extent'> {
  /** Days that touch `[from, to)`, oldest first. */
  async function* daysOf(from: Instant, to: Instant, placeId: string | undefined): AsyncIterable<SlotDay> {
    const span = { dayAt: { $gte: dayOf(from), $lt: to } };
    const cursor = days.find(placeId === undefined ? span : { ...span, placeId }).sort({ dayAt: 1 });
    try {
      for (let row = await database.run(() => cursor.next()); row; row = await database.run(() => cursor.next()))
        yield unpackDay(row);
    } finally {
      await cursor.close();
    }
  }

  const edge = async (direction: 1 | -1): Promise<readonly Instant[]> => {
    const row = await database.run(() => days.find().sort({ dayAt: direction }).limit(1).next());
    if (!row) return [];
    const rows = await database.run(() => days.find({ dayAt: row.dayAt }).toArray());
    return rows.flatMap((one) => [...unpackDay(one).slots.keys()]);
  };

  return {
    query: async ({ from, to, placeId, states = SLOT_STATES, limit, cursor }: SlotQuery) => {
      const [afterAt, afterPlace] = cursor === undefined ? [from, ''] : readCursor<[Instant, string]>(cursor, 'ns');
      const wanted = (slot: Slot) =>
        slot.slotAt >= from &&
        slot.slotAt < to &&
        states.includes(slot.state) &&
        (slot.slotAt > afterAt || (slot.slotAt === afterAt && slot.placeId > afterPlace));
      let found: Slot[] = [];
      let dayAt = Number.NEGATIVE_INFINITY;
      for await (const day of daysOf(Math.max(from, afterAt), to, placeId)) {
        if (day.dayAt > dayAt && found.length > limit) break;
        dayAt = day.dayAt;
        found.push(...[...day.slots.values()].filter(wanted));
        // A day of very many places: what cannot be on the page is let go.
        if (found.length > 4 * limit + 4) found = firstOf(found, limit + 1);
      }
      found = firstOf(found, limit + 1);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items,
        nextCursor: found.length > limit && last ? writeCursor([last.slotAt, last.placeId]) : null,
      };
    },
    count: async (from, to, placeId) => {
      const counts = Object.fromEntries(SLOT_STATES.map((state) => [state, 0])) as Record<SlotState, number>;
      for await (const day of daysOf(from, to, placeId))
        for (const { slotAt, state } of day.slots.values()) if (slotAt >= from && slotAt < to) counts[state]++;
      return counts;
    },
    extent: async () => {
      const first = await edge(1);
      const last = await edge(-1);
      if (first.length === 0 || last.length === 0) return null;
      return {
        from: first.reduce((least, at) => Math.min(least, at)),
        to: last.reduce((most, at) => Math.max(most, at)),
      };
    },
  };
}

const firstOf = (slots: readonly Slot[], count: number): Slot[] =>
  slots.toSorted((one, other) => one.slotAt - other.slotAt || (one.placeId < other.placeId ? -1 : 1)).slice(0, count);
