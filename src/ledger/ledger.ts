import type { Instant } from '../core/time.ts';

/**
 * The ledger: one row per expected (place, slot), in exactly one state at any time (invariant 3). A slot exists from the
 * moment the plan opens it, or from the first arrival that names it. What is expected comes from the plan, never from
 * history.
 */

/** The states of a slot. `overdue` is not a state: it is a pending slot's age. */
export type SlotState = 'pending' | 'arrived' | 'late' | 'backfilled' | 'stale' | 'missing' | 'quarantined';

export const SLOT_STATES: readonly SlotState[] = [
  'pending',
  'arrived',
  'late',
  'backfilled',
  'stale',
  'missing',
  'quarantined',
];

/**
 * Why a slot is missing. `not-running`: nothing of ours ran when it was due, and it is beyond the look-back.
 * `no-answer`: every attempt failed; the slot's `detail` holds the last error's code. `quota`: nothing was left for it.
 * `nobody-sent`: a foreign producer was expected and sent nothing.
 */
export const MISSING_REASONS = ['not-running', 'no-answer', 'quota', 'nobody-sent'] as const;

export type MissingReason = (typeof MISSING_REASONS)[number];

/** What can happen to a slot. */
export type SlotEvent =
  /** The plan expects it. */
  | { readonly kind: 'opened'; readonly at: Instant }
  /** A reading for the slot arrived; `fresh` is false for an old reading given as the answer; `backfill` when it was asked for afterwards. */
  | {
      readonly kind: 'reading';
      readonly at: Instant;
      readonly fresh: boolean;
      readonly backfill: boolean;
      readonly validAt: Instant;
      readonly source: string;
    }
  /** A record for the slot was quarantined. */
  | { readonly kind: 'quarantined'; readonly at: Instant; readonly detail: string }
  /** Nobody will ask again by plan: the look-back may still try. */
  | { readonly kind: 'given-up'; readonly at: Instant; readonly reason: MissingReason; readonly detail: string | null };

/** One (place, slot). */
export interface Slot {
  readonly placeId: string;
  readonly slotAt: Instant;
  readonly state: SlotState;
  /** For `missing` and `quarantined`: why; otherwise `null`. */
  readonly reason: MissingReason | string | null;
  /** The last error's code or a note for the reader; `null` when there is none. */
  readonly detail: string | null;
  /** When its reading reached us; `null` until one has. */
  readonly arrivedAt: Instant | null;
  /** Valid time and source of the reading that fills it. */
  readonly validAt: Instant | null;
  readonly source: string | null;
  /** Compare-and-set counter, 1 for a new row. */
  readonly version: number;
}

/** The key of a slot. */
export interface SlotKey {
  readonly placeId: string;
  readonly slotAt: Instant;
}
