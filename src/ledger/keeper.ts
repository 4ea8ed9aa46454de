import { HarmattanError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { DAY_MS, floorTo, HOUR_MS, type Instant, toRfc3339 } from '../core/time.ts';
import type { Store } from '../store/store.ts';
import {
  type Era,
  expectedSlots,
  type KeptUntil,
  readEras,
  readKeptUntil,
  samePlan,
  writeEras,
  writeKeptUntil,
} from './era.ts';
import type { MissingReason, Slot, SlotKey } from './ledger.ts';
import { applySlotEvent } from './transition.ts';

export interface KeeperOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly placeIds: readonly string[];
  readonly everyMs: number;
  /** How far before the very first slot a new ledger begins, ms. */
  readonly historyMs: number;
}

/**
 * Keeps the ledger without a silent hole: between the first and the last slot of an era every (place, slot) has its row,
 * whatever stopped or set its clock in between.
 */
export interface Keeper {
  /** Reads how far the ledger is; begins it, or a new era when the cadence or the places are not what they were. */
  start(nowAt: Instant): Promise<void>;
  /** Opens every slot that is due and has no row. Returns the slot that `nowAt` lies in. */
  openDue(nowAt: Instant): Promise<Instant>;
  /**
   * Gives up the pending slots before `keepFrom`: nobody will fill them. Slots that `isUnderWay` says to be in the journal
   * already are left to the process stage. Returns how many were given up.
   */
  sweep(
    keepFrom: Instant,
    nowAt: Instant,
    reason: MissingReason,
    isUnderWay?: (key: SlotKey) => boolean,
  ): Promise<number>;
  /** Lets the ledger begin at `from` where it begins later, and opens what that adds. */
  extendBack(from: Instant): Promise<void>;
  /** Notes how far the ledger is, so that the next start need not look at all of it. */
  save(): Promise<void>;
}

/** A longer gap is a clock that was wrong, not a stop: nothing was expected in it. */
const LONGEST_GAP_MS = 400 * DAY_MS;
const OPEN_AT_ONCE = 5_000;
const PUT_AT_ONCE = 500;
const CONFLICTS_BORNE = 8;
const SAVE_EVERY_MS = HOUR_MS;

export function keeper({ store, logger, placeIds, everyMs, historyMs }: KeeperOptions): Keeper {
  let eras: readonly Era[] = [];
  let openedAt: Instant = Number.NEGATIVE_INFINITY;
  let sweptAt: Instant = Number.NEGATIVE_INFINITY;
  let saved: KeptUntil = { openedAt, sweptAt };

  const newEra = (fromAt: Instant): Era => ({ fromAt, toAt: null, everyMs, placeIds });
  const setEras = async (changed: readonly Era[]) => {
    await writeEras(store, changed);
    eras = changed;
  };

  const begin = async (nowAt: Instant) => {
    const extent = await store.slots.extent();
    const currentAt = floorTo(nowAt, everyMs);
    // A ledger without eras comes from a replay into an empty store: its gaps are opened again.
    const fromAt = extent
      ? Math.min(currentAt, Math.max(floorTo(extent.from, everyMs), currentAt - LONGEST_GAP_MS))
      : floorTo(nowAt - historyMs, everyMs);
    await setEras([newEra(fromAt)]);
    openedAt = fromAt - everyMs;
    sweptAt = fromAt;
  };

  const open = async (from: Instant, to: Instant) => {
    let keys: SlotKey[] = [];
    let opened = 0;
    for (const due of expectedSlots(eras, from, to)) {
      for (const placeId of due.placeIds) keys.push({ placeId, slotAt: due.slotAt });
      if (keys.length < OPEN_AT_ONCE) continue;
      opened += await store.slots.open(keys);
      keys = [];
    }
    if (keys.length > 0) opened += await store.slots.open(keys);
    return opened;
  };

  /** The present slot is the new plan's where it is not open yet; the old plan's slots end before it, or with `nowAt`. */
  const changePlan = async (last: Era, nowAt: Instant) => {
    const currentAt = floorTo(nowAt, everyMs);
    const fromAt = currentAt > openedAt ? currentAt : (Math.floor(openedAt / everyMs) + 1) * everyMs;
    const toAt = Math.min(last.toAt ?? fromAt, fromAt, Math.max(nowAt, openedAt) + 1);
    const changed = [...eras.slice(0, -1), { ...last, toAt }, newEra(fromAt)];
    await setEras(changed.filter((era) => (era.toAt ?? Number.POSITIVE_INFINITY) > era.fromAt));
    await open(openedAt + 1, toAt);
    openedAt = Math.max(openedAt, toAt - 1);
  };

  const save = async () => {
    if (openedAt === saved.openedAt && sweptAt === saved.sweptAt) return;
    const kept = { openedAt, sweptAt };
    await writeKeptUntil(store, kept);
    saved = kept;
  };

  return {
    async start(nowAt) {
      eras = await readEras(store);
      const last = eras.at(-1);
      if (last === undefined) return begin(nowAt);
      const kept = await readKeptUntil(store);
      openedAt = kept?.openedAt ?? (eras[0] ?? last).fromAt - everyMs;
      sweptAt = kept?.sweptAt ?? (eras[0] ?? last).fromAt;
      saved = { openedAt, sweptAt };
      if (last.toAt === null && samePlan(last, everyMs, placeIds)) return;
      await changePlan(last, nowAt);
    },

    async openDue(nowAt) {
      const currentAt = floorTo(nowAt, everyMs);
      if (currentAt - openedAt > LONGEST_GAP_MS && Number.isFinite(openedAt)) {
        logger.warn('The clock went further than any stop lasts: the ledger begins anew', {
          from: toRfc3339(openedAt),
          to: toRfc3339(currentAt),
        });
        const closed = eras.map((era, index) =>
          index === eras.length - 1 ? { ...era, toAt: era.toAt ?? openedAt + 1 } : era,
        );
        await setEras([...closed, newEra(currentAt)]);
        openedAt = currentAt - 1;
      }
      // A clock that was set back finds its slots open; asking again is idempotent and repairs what a wrong clock skipped.
      if (currentAt < openedAt) await store.slots.open(placeIds.map((placeId) => ({ placeId, slotAt: currentAt })));
      if (currentAt <= openedAt) return currentAt;
      await open(openedAt + 1, currentAt + 1);
      openedAt = currentAt;
      if (openedAt - saved.openedAt >= SAVE_EVERY_MS) await save();
      return currentAt;
    },

    async sweep(keepFrom, nowAt, reason, isUnderWay = () => false) {
      let given = 0;
      let leftAt = keepFrom;
      let cursor: string | undefined;
      if (sweptAt >= keepFrom) return 0;
      do {
        const page = await store.slots.query({
          from: sweptAt,
          to: keepFrom,
          states: ['pending'],
          limit: PUT_AT_ONCE,
          ...(cursor ? { cursor } : {}),
        });
        const unfilled: Slot[] = [];
        for (const slot of page.items) {
          if (isUnderWay(slot)) leftAt = Math.min(leftAt, slot.slotAt);
          else unfilled.push(slot);
        }
        given += await giveUp(store, unfilled, nowAt, reason);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      sweptAt = leftAt;
      return given;
    },

    async extendBack(from) {
      eras = await readEras(store);
      const first = eras[0];
      const fromAt = floorTo(from, everyMs);
      if (first === undefined || first.fromAt <= fromAt) return;
      const joins = samePlan(first, everyMs, placeIds) && (first.fromAt - fromAt) % everyMs === 0;
      await setEras(joins ? [{ ...first, fromAt }, ...eras.slice(1)] : [newEra(fromAt), ...eras]);
      sweptAt = Math.min(sweptAt, fromAt);
      await open(fromAt, first.fromAt);
    },

    save,
  };
}

/** Writes the given-up slots; after a conflict reads them again and gives up what is still pending. */
async function giveUp(store: Store, pending: readonly Slot[], at: Instant, reason: MissingReason): Promise<number> {
  let slots = pending;
  for (let conflicts = 0; slots.length > 0; conflicts++) {
    try {
      await store.slots.put(
        slots.map((slot) => applySlotEvent(slot, slot, { kind: 'given-up', at, reason, detail: null })),
      );
      return slots.length;
    } catch (error) {
      const conflict = error instanceof HarmattanError && error.code === 'HMT_STORE_CONFLICT';
      if (!conflict || conflicts >= CONFLICTS_BORNE) throw error;
      const current = await store.slots.get(slots);
      slots = current.filter((slot): slot is Slot => slot?.state === 'pending');
    }
  }
  return 0;
}
