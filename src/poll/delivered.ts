import type { Instant } from '../core/time.ts';

/**
 * Which (place, slot) this process has put into the journal already, though the process stage may not have read it yet:
 * one bit each, for the newest slots only. Keeps holes from being asked for twice.
 */
export class Delivered {
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #bits = new Map<Instant, Uint8Array>();
  readonly #keepSlots: number;

  /** @param keepSlots how many slots are remembered: those of the look-back */
  constructor(placeIds: readonly string[], keepSlots: number) {
    this.#indexOf = new Map(placeIds.map((id, index) => [id, index]));
    this.#keepSlots = Math.max(16, keepSlots);
  }

  add(placeId: string, slotAt: Instant): void {
    const index = this.#indexOf.get(placeId);
    if (index === undefined) return;
    let bits = this.#bits.get(slotAt);
    if (bits === undefined) {
      bits = new Uint8Array((this.#indexOf.size + 7) >> 3);
      this.#bits.set(slotAt, bits);
      this.#forget();
    }
    bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }

  has(placeId: string, slotAt: Instant): boolean {
    const bits = this.#bits.get(slotAt);
    const index = this.#indexOf.get(placeId);
    return bits !== undefined && index !== undefined && ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  #forget(): void {
    if (this.#bits.size <= this.#keepSlots) return;
    const oldest = this.#bits.keys().next().value;
    if (oldest !== undefined) this.#bits.delete(oldest);
  }
}
