import type { Instant } from '../core/time.ts';
import type { SlotStore } from '../store/store.ts';
import type { SlotState } from './ledger.ts';

/** The states that a later reading can still better. */
export const HOLE_STATES: readonly SlotState[] = ['pending', 'missing', 'stale', 'quarantined'];

/** One slot with the places that have no fresh reading for it. */
export interface Hole {
  readonly slotAt: Instant;
  readonly placeIds: readonly string[];
}

export interface HoleSearch {
  /** Slot time, `[from, to)`. */
  readonly from: Instant;
  readonly to: Instant;
  /** The cadence, ms; only decides how much is looked at in one go. */
  readonly everyMs: number;
  /** Only holes of these places count: nobody can be asked for a place that is no longer configured. */
  readonly placeIds: ReadonlySet<string>;
}

/** Rows that one query may have to look at: keeps the event loop free. */
const ROWS_PER_LOOK = 20_000;
const PAGE = 5_000;

/** Every hole of the span, oldest first, in bounded memory. */
export async function* holes(slots: SlotStore, search: HoleSearch): AsyncGenerator<Hole> {
  const { from, to, everyMs, placeIds } = search;
  const lookMs = everyMs * Math.max(1, Math.ceil(ROWS_PER_LOOK / Math.max(1, placeIds.size)));
  for (let lookFrom = from; lookFrom < to; lookFrom += lookMs) {
    yield* holesOfLook(slots, lookFrom, Math.min(to, lookFrom + lookMs), placeIds);
  }
}

async function* holesOfLook(
  slots: SlotStore,
  from: Instant,
  to: Instant,
  placeIds: ReadonlySet<string>,
): AsyncGenerator<Hole> {
  let slotAt: Instant | null = null;
  let open: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await slots.query({ from, to, states: HOLE_STATES, limit: PAGE, ...(cursor ? { cursor } : {}) });
    for (const slot of page.items) {
      if (slot.slotAt !== slotAt) {
        if (slotAt !== null && open.length > 0) yield { slotAt, placeIds: open };
        slotAt = slot.slotAt;
        open = [];
      }
      if (placeIds.has(slot.placeId)) open.push(slot.placeId);
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  if (slotAt !== null && open.length > 0) yield { slotAt, placeIds: open };
}
