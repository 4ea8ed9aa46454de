import type { Random } from '../core/random.ts';
import { floorTo, type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';

/**
 * When things happen within a slot. Slots lie on the wall clock in UTC, so daylight saving never moves them.
 */
export interface Schedule {
  readonly everyMs: number;
  /** Calls of a slot lie in the first `spreadMs` of it. */
  readonly spreadMs: number;
  slotOf(at: Instant): Instant;
  /** A round of `slotAt` that is still under way is ended here, before the next one begins. */
  deadlineOf(slotAt: Instant): Instant;
  /** Offsets from the slot of `calls` calls, ascending: one in each equal part of the spread, at a random point of it. */
  offsetsMs(calls: number, random: Random): readonly number[];
  /**
   * How long to sleep until something may be due. Never longer than a fifth of a slot (at least a minute), so that a
   * clock that was set, or a machine that slept, is noticed.
   */
  sleepMs(nowAt: Instant): number;
}

const SPREAD_SHARE = 0.2;
const MARGIN_SHARE = 0.05;
const LONGEST_MARGIN_MS = 10 * SECOND_MS;

export function schedule(everyMs: number, spreadSeconds: number): Schedule {
  const spreadMs = Math.min(spreadSeconds * SECOND_MS, everyMs * SPREAD_SHARE);
  const marginMs = Math.min(LONGEST_MARGIN_MS, everyMs * MARGIN_SHARE);
  return {
    everyMs,
    spreadMs,
    slotOf: (at) => floorTo(at, everyMs),
    deadlineOf: (slotAt) => slotAt + everyMs - marginMs,
    offsetsMs: (calls, random) =>
      Array.from({ length: calls }, (_, index) => Math.floor(((index + random()) * spreadMs) / calls)),
    sleepMs: (nowAt) => Math.min(floorTo(nowAt, everyMs) + everyMs - nowAt, Math.max(MINUTE_MS, everyMs / 5)),
  };
}

/**
 * Rounds that are over. A clock that was set back comes to their slots again; they are not polled twice. Holds a bounded
 * number of the newest.
 */
export class FinishedRounds {
  readonly #slots = new Set<Instant>();

  constructor(last: Instant | null) {
    if (last !== null) this.#slots.add(last);
  }

  has(slotAt: Instant): boolean {
    return this.#slots.has(slotAt);
  }

  add(slotAt: Instant): void {
    this.#slots.add(slotAt);
    if (this.#slots.size <= KEPT_ROUNDS) return;
    const oldest = this.#slots.values().next().value;
    if (oldest !== undefined) this.#slots.delete(oldest);
  }
}

const KEPT_ROUNDS = 3_000;
