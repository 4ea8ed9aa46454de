import { DAY_MS, floorTo, HOUR_MS, type Instant, MINUTE_MS } from '../../../core/time.ts';

export type WindowName = 'minute' | 'hour' | 'day' | 'month';

/** One limit as the provider enforces it. */
export interface ProviderLimit {
  readonly window: WindowName;
  readonly limit: number;
}

/** What one credential has used of one limit, counted by the provider. */
export interface ProviderUsage {
  readonly provider: string;
  /** `free`, or the number of the key in the order in which keys were given: never the key. */
  readonly credential: string;
  readonly window: WindowName;
  readonly limit: number;
  /** Start of the newest window, and what was used in it. */
  readonly windowAt: Instant;
  readonly used: number;
  /** Most that was used in any one window. */
  readonly mostUsed: number;
  /** Units asked for beyond the limit, over all windows, whether they were granted or refused. */
  readonly overspent: number;
}

interface Counter {
  readonly limit: ProviderLimit;
  windowAt: Instant;
  used: number;
  mostUsed: number;
  overspent: number;
  /** When the window was used up; `null` while there is room. */
  spentAt: Instant | null;
  /** A late provider goes on refusing until then, though a new window has begun. */
  lateUntil: Instant;
}

/** How far a late provider is behind its own counters. */
const LATE_MS = 10 * MINUTE_MS;

export const windowStart = (window: WindowName, at: Instant): Instant => {
  if (window === 'minute') return floorTo(at, MINUTE_MS);
  if (window === 'hour') return floorTo(at, HOUR_MS);
  if (window === 'day') return floorTo(at, DAY_MS);
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
};

/**
 * A provider's counters. Windows lie on the wall clock in UTC; the check is `used >= limit` before the call, in the
 * order of the limits, so that one heavy call may overshoot. A refused call costs nothing.
 */
export class ProviderQuota {
  readonly #provider: string;
  readonly #counters = new Map<string, Counter[]>();

  constructor(provider: string) {
    this.#provider = provider;
  }

  /** Admits and counts the call, or names the window that has no room. `late`: the provider notices ten minutes later. */
  admit(
    credential: string,
    limits: readonly ProviderLimit[],
    at: Instant,
    units: number,
    late = false,
  ): WindowName | null {
    const counters = this.#of(credential, limits);
    let refused: WindowName | null = null;
    for (const counter of counters) {
      const windowAt = windowStart(counter.limit.window, at);
      if (windowAt !== counter.windowAt) {
        if (counter.spentAt !== null) counter.lateUntil = windowAt + LATE_MS;
        counter.windowAt = windowAt;
        counter.used = 0;
        counter.spentAt = null;
      }
      if (late && at < counter.lateUntil) refused ??= counter.limit.window;
      if (counter.used < counter.limit.limit) continue;
      if (!late || (counter.spentAt !== null && at >= counter.spentAt + LATE_MS)) refused ??= counter.limit.window;
    }
    for (const counter of counters) {
      const before = counter.used;
      if (refused === null) {
        counter.used += units;
        counter.mostUsed = Math.max(counter.mostUsed, counter.used);
        if (counter.used >= counter.limit.limit) counter.spentAt ??= at;
      }
      counter.overspent += Math.max(0, before + units - Math.max(before, counter.limit.limit));
    }
    return refused;
  }

  usage(): readonly ProviderUsage[] {
    return [...this.#counters].flatMap(([credential, counters]) =>
      counters.map(({ limit, windowAt, used, mostUsed, overspent }) => ({
        provider: this.#provider,
        credential,
        window: limit.window,
        limit: limit.limit,
        windowAt,
        used,
        mostUsed,
        overspent,
      })),
    );
  }

  #of(credential: string, limits: readonly ProviderLimit[]): readonly Counter[] {
    const known = this.#counters.get(credential);
    if (known) return known;
    const made = limits.map((limit) => ({
      limit,
      windowAt: Number.NEGATIVE_INFINITY,
      used: 0,
      mostUsed: 0,
      overspent: 0,
      spentAt: null,
      lateUntil: Number.NEGATIVE_INFINITY,
    }));
    this.#counters.set(credential, made);
    return made;
  }
}
