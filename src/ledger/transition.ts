import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { Slot, SlotEvent, SlotKey, SlotState } from './ledger.ts';

/** Grace of a plan that says nothing else: a fresh reading is `late` when it arrives later than this after its slot. */
export const DEFAULT_GRACE_MS = 5 * MINUTE_MS;

/** A slot before any row of it exists. */
export type SlotStateOrNone = SlotState | 'none';

/**
 * What an event amounts to for the table. A reading is one of four things: `stale` when it is an old one given as the
 * answer, `backfill` when it was asked for afterwards, `late` when it came after the grace, `fresh` otherwise.
 */
export type SlotEventClass = 'opened' | 'fresh' | 'late' | 'backfill' | 'stale' | 'quarantined' | 'given-up';

/** One row of the table: the state that each class of event leads to, `null` where nothing changes. */
export type TransitionRow = Readonly<Record<SlotEventClass, SlotState | null>>;

/** A slot that nothing has come for takes whatever comes first. */
const EMPTY: TransitionRow = {
  opened: null,
  fresh: 'arrived',
  late: 'late',
  backfill: 'backfilled',
  stale: 'stale',
  quarantined: 'quarantined',
  'given-up': 'missing',
};

/** A slot with a fresh reading has its final state: what comes later changes nothing. */
const FILLED: TransitionRow = {
  opened: null,
  fresh: null,
  late: null,
  backfill: null,
  stale: null,
  quarantined: null,
  'given-up': null,
};

/**
 * Every (state × event). States only rise in the order none, pending, missing, quarantined, stale, filled (arrived,
 * late, backfilled), so the outcome does not depend on how the journal's topics are interleaved: a poll's failure and a
 * reading of the same slot give the same slot whichever is read first.
 */
export const TRANSITIONS: Readonly<Record<SlotStateOrNone, TransitionRow>> = {
  none: { ...EMPTY, opened: 'pending' },
  pending: EMPTY,
  missing: { ...EMPTY, 'given-up': null },
  quarantined: { ...EMPTY, quarantined: null, 'given-up': null },
  stale: { ...FILLED, fresh: 'arrived', late: 'late', backfill: 'backfilled' },
  arrived: FILLED,
  late: FILLED,
  backfilled: FILLED,
};

/** What `event` amounts to for a slot at `slotAt`. */
export function classOf(event: SlotEvent, slotAt: Instant, graceMs: number): SlotEventClass {
  if (event.kind !== 'reading') return event.kind;
  if (!event.fresh) return 'stale';
  if (event.backfill) return 'backfill';
  return event.at > slotAt + graceMs ? 'late' : 'fresh';
}

/**
 * The slot after `event`: the very same object when nothing changes, otherwise a new one with the next version. Pure and
 * safe to replay: the same events again change nothing.
 *
 * @param slot the stored row; `null` when there is none
 * @param graceMs how long after its slot a reading is still in time: the plan's, or the expectation's for readings that
 *   others send
 */
export function applySlotEvent(slot: null, key: SlotKey, event: SlotEvent, graceMs?: number): Slot;
export function applySlotEvent(slot: Slot | null, key: SlotKey, event: SlotEvent, graceMs?: number): Slot;
export function applySlotEvent(
  slot: Slot | null,
  key: SlotKey,
  event: SlotEvent,
  graceMs: number = DEFAULT_GRACE_MS,
): Slot {
  const row = slot === null ? TRANSITIONS.none : TRANSITIONS[slot.state];
  const state = row[classOf(event, key.slotAt, graceMs)];
  // A slot without a row always changes: row `none` has no empty cell.
  if (slot !== null && state === null) return slot;
  const reading = event.kind === 'reading' ? event : null;
  return {
    placeId: key.placeId,
    slotAt: key.slotAt,
    state: state ?? 'pending',
    reason: event.kind === 'given-up' ? event.reason : event.kind === 'quarantined' ? event.detail : null,
    detail: event.kind === 'given-up' ? event.detail : null,
    arrivedAt: reading === null ? null : reading.at,
    validAt: reading === null ? null : reading.validAt,
    source: reading === null ? null : reading.source,
    version: slot === null ? 1 : slot.version + 1,
  };
}
