import type { Place } from '../weather/place.ts';
import type { QuotaPurpose } from './quota.ts';

/**
 * What a round's plan still pays for at one source: the first call for each place. A place that was not called for because
 * the source was paused keeps its first try for later in the slot.
 */
export class FirstTries {
  readonly #called = new Set<string>();
  #outstanding: number;

  /** @param budget units that the plan has for the round; 0 when the round is not in the source's plan */
  constructor(budget: number) {
    this.#outstanding = budget;
  }

  /** Units of first tries that are still to come. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** What a call for these places is charged as. */
  purposeOf(places: readonly Place[], cost: number): QuotaPurpose {
    return cost <= this.#outstanding && places.every(({ id }) => !this.#called.has(id)) ? 'plan' : 'again';
  }

  /** Takes a first try; give it back when the call was not made. */
  take(places: readonly Place[], cost: number): void {
    for (const { id } of places) this.#called.add(id);
    this.#outstanding -= cost;
  }

  giveBack(places: readonly Place[], cost: number): void {
    for (const { id } of places) this.#called.delete(id);
    this.#outstanding += cost;
  }
}
