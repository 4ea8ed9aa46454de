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
 * program takes to start would be hours: that is why it has a start of its own.
 */
export function acceleratedClock(options: {
  readonly startAt: Instant;
  readonly speed: number;
  /** The clock behind it. */
  readonly real?: Clock;
}): AcceleratedClock {
  const { startAt, speed, real = systemClock } = options;
  let realStartAt: Instant | null = null;
  const started = new AbortController();
  return {
    now: () => (realStartAt === null ? startAt : Math.floor(startAt + (real.now() - realStartAt) * speed)),
    async sleep(durationMs, signal) {
      if (durationMs > 0 && !started.signal.aborted) await firstOf(started.signal, signal);
      const realMs = durationMs <= 0 ? 0 : Math.max(SHORTEST_REAL_MS, Math.ceil(durationMs / speed));
      await real.sleep(realMs, signal);
    },
    start() {
      realStartAt ??= real.now();
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
