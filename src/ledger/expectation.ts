import { floorTo, type Instant, MINUTE_MS } from '../core/time.ts';
import type { Slot, SlotEvent, SlotKey } from './ledger.ts';
import { applySlotEvent } from './transition.ts';

/** The ledger's transition with its grace filled in: what the process stage is handed. */
export type BoundTransition = (slot: Slot | null, key: SlotKey, event: SlotEvent) => Slot;

/** The transition for slots of our own poller. `graceMinutes` is `poll.graceMinutes`. */
export function polledTransition(graceMinutes: number): BoundTransition {
  const graceMs = graceMinutes * MINUTE_MS;
  return (slot, key, event) => applySlotEvent(slot, key, event, graceMs);
}

/**
 * Slots that are expected although nobody of ours asks: somebody else sends. A reading fills the slot `[slotAt, slotAt +
 * everyMs)` that its valid time falls in, and is in time until the slot's end plus the grace: a sender has the whole slot.
 */
export interface Expectation {
  readonly everyMs: number;
  /** From the slot's start: the slot's length plus the configured grace. */
  readonly graceMs: number;
  /** The slot that a reading which nobody asked for fills. */
  slotOf(validAt: Instant): Instant;
  readonly transition: BoundTransition;
}

/** The expectation of `expect.everyMinutes`, with `poll.graceMinutes` on top. */
export function expectEvery(everyMinutes: number, graceMinutes: number): Expectation {
  const everyMs = everyMinutes * MINUTE_MS;
  const graceMs = everyMs + graceMinutes * MINUTE_MS;
  return {
    everyMs,
    graceMs,
    slotOf: (validAt) => floorTo(validAt, everyMs),
    transition: (slot, key, event) => applySlotEvent(slot, key, event, graceMs),
  };
}
