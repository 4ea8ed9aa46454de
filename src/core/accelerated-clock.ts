import { type Clock, type Instant, systemClock } from './time.ts';

/** Shortest real pause worth a timer, ms: many of them together would keep the machine busy with waking. */
const SHORTEST_REAL_MS = 1;

/** Stands still at its first instant, and nobody who sleeps wakes, until it is started. */
export interface AcceleratedClock extends Clock {
  start(): void;
}

/**
 * A clock that passes `speed` seconds from `startAt` on for each real one: for the replay of recorded feeds. At speed
 * 10,000 one real millisecond is ten seconds, so short sleeps end a few seconds late by this clock, and the time that a
 * program takes to start would be hours: that is why it has a start of its own. For the same reason it never passes more
 * than `longestStepMs` between two looks at it: a machine that stands still for a second prolongs the replay, where it
 * would else have slept through hours of slots.
 */
export function acceleratedClock(options: {
  readonly startAt: Instant;
  readonly speed: number;
  readonly longestStepMs: number;
  /** The clock behind it. */
  readonly real?: Clock;
}): AcceleratedClock {
  const { startAt, speed, longestStepMs, real = systemClock } = options;
  const longestRealMs = Math.max(SHORTEST_REAL_MS, longestStepMs / speed / 2);
  const started = new AbortController();
  let nowAt: number = startAt;
  let realSeenAt: Instant | null = null;
  const look = () => {
    if (realSeenAt === null) return nowAt;
    const realAt = real.now();
    nowAt += Math.min(Math.max(0, realAt - realSeenAt) * speed, longestStepMs);
    realSeenAt = realAt;
    return nowAt;
  };
  return {
    now: () => Math.floor(look()),
    async sleep(durationMs, signal) {
      if (durationMs <= 0) return real.sleep(0, signal);
      if (!started.signal.aborted) await firstOf(started.signal, signal);
      const dueAt = look() + durationMs;
      // Every sleeper looks at the clock often enough for it to lose nothing while the machine keeps up.
      for (let leftMs = durationMs; leftMs > 0 && !signal?.aborted; leftMs = dueAt - look())
        await real.sleep(Math.min(longestRealMs, Math.max(SHORTEST_REAL_MS, Math.ceil(leftMs / speed))), signal);
    },
    start() {
      realSeenAt ??= real.now();
      started.abort();
    },
  };
}

const firstOf = (...signals: readonly (AbortSignal | undefined)[]): Promise<void> =>
  new Promise((resolve) => {
    const any = AbortSignal.any(signals.filter((signal) => signal !== undefined));
    if (any.aborted) resolve();
    else any.addEventListener('abort', () => resolve(), { once: true });
  });
