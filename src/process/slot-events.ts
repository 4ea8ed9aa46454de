import type { Instant } from '../core/time.ts';
import type { Slot, SlotEvent, SlotKey } from '../ledger/ledger.ts';

/** The ledger's transition: the slot after the event; the same object when the event changes nothing. */
export type SlotTransition = (slot: Slot | null, key: SlotKey, event: SlotEvent) => Slot;

interface Touched {
  readonly key: SlotKey;
  readonly events: SlotEvent[];
}

/** The events of one batch, by slot, in the order in which they came. */
export class SlotEvents {
  readonly #places = new Map<string, Map<Instant, Touched>>();
  readonly #touched: Touched[] = [];

  add(placeId: string, slotAt: Instant, event: SlotEvent): void {
    let slots = this.#places.get(placeId);
    if (!slots) {
      slots = new Map();
      this.#places.set(placeId, slots);
    }
    const touched = slots.get(slotAt);
    if (touched) {
      touched.events.push(event);
      return;
    }
    const first: Touched = { key: { placeId, slotAt }, events: [event] };
    slots.set(slotAt, first);
    this.#touched.push(first);
  }

  /** Every slot that an event names, once. */
  keys(): readonly SlotKey[] {
    return this.#touched.map(({ key }) => key);
  }

  /**
   * The slots that the events change, as they leave them: one new version each, however many events. `current` runs in
   * parallel with `keys()`. Changes nothing here, so that it can be done again after a conflict.
   */
  applyTo(current: readonly (Slot | null)[], transition: SlotTransition): readonly Slot[] {
    const changed: Slot[] = [];
    for (const [index, { key, events }] of this.#touched.entries()) {
      const before = current[index] ?? null;
      let after = before;
      for (const event of events) after = transition(after, key, event);
      if (after === null || after === before) continue;
      const version = (before?.version ?? 0) + 1;
      changed.push(after.version === version ? after : { ...after, version });
    }
    return changed;
  }
}
