import type { Instant } from '../core/time.ts';
import type { Slot, SlotEvent, SlotKey } from '../ledger/ledger.ts';

/** The ledger's transition: the slot after the event; the same object when the event changes nothing. */
export type SlotTransition = (slot: Slot | null, key: SlotKey, event: SlotEvent) => Slot;

/** A slot that events of the batch name; almost always one event. */
interface Touched extends SlotKey {
  readonly first: SlotEvent;
  more: SlotEvent[] | null;
}

/** The events of one batch, by slot, in the order in which they came. */
export class SlotEvents {
  readonly #places = new Map<string, Map<Instant, Touched>>();
  readonly #touched: Touched[] = [];

  add(placeId: string, slotAt: Instant, event: SlotEvent): void {
    let slots = this.#places.get(placeId);
    if (slots === undefined) {
      slots = new Map();
      this.#places.set(placeId, slots);
    }
    const touched = slots.get(slotAt);
    if (touched === undefined) {
      const fresh: Touched = { placeId, slotAt, first: event, more: null };
      slots.set(slotAt, fresh);
      this.#touched.push(fresh);
    } else if (touched.more === null) touched.more = [event];
    else touched.more.push(event);
  }

  /** Every slot that an event names, once. */
  keys(): readonly SlotKey[] {
    return this.#touched;
  }

  /**
   * The slots that the events change, as they leave them: one new version each, however many events. `current` runs in
   * parallel with `keys()`. Changes nothing here, so that it can be done again after a conflict.
   */
  applyTo(current: readonly (Slot | null)[], transition: SlotTransition): readonly Slot[] {
    const changed: Slot[] = [];
    for (const [index, touched] of this.#touched.entries()) {
      const before = current[index] ?? null;
      let after = transition(before, touched, touched.first);
      if (touched.more !== null) for (const event of touched.more) after = transition(after, touched, event);
      if (after === before) continue;
      const version = (before?.version ?? 0) + 1;
      changed.push(after.version === version ? after : { ...after, version });
    }
    return changed;
  }
}
