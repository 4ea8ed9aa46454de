import { type Clock, type Instant, systemClock } from './time.ts';

/** Shortest real pause worth a timer, ms: many of them together would keep the machine busy with waking. */
const SHORTEST_REAL_MS = 1;

/**
 * A clock that starts at `startAt` and passes `speed` seconds for each real one: for the replay of recorded feeds. At
 * speed 10,000 one real millisecond is ten seconds, so short sleeps end a few seconds late by this clock.
 */
export function acceleratedClock(options: {
  readonly startAt: Instant;
  readonly speed: number;
  /** The clock behind it. */
  readonly real?: Clock;
}): Clock {
  const { startAt, speed, real = systemClock } = options;
  const realStartAt = real.now();
  return {
    now: () => Math.floor(startAt + (real.now() - realStartAt) * speed),
    sleep: (durationMs, signal) =>
      real.sleep(durationMs <= 0 ? 0 : Math.max(SHORTEST_REAL_MS, Math.ceil(durationMs / speed)), signal),
  };
}
