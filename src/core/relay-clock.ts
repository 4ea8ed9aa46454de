import type { Clock, Instant } from './time.ts';

/** A clock that can be handed on: the journal and the store keep theirs while the stages change theirs. */
export interface RelayClock extends Clock {
  become(clock: Clock): void;
}

export function relayClock(first: Clock): RelayClock {
  let current = first;
  return {
    now: () => current.now(),
    sleep: (durationMs, signal) => current.sleep(durationMs, signal),
    become: (clock) => {
      current = clock;
    },
  };
}

/** A clock that stands still at `haltAt`: nobody who sleeps beyond it wakes, unless aborted. For feeds that end. */
export function haltingClock(clock: Clock, haltAt: Instant): Clock {
  return {
    now: () => Math.min(clock.now(), haltAt),
    async sleep(durationMs, signal) {
      const leftMs = haltAt - clock.now();
      if (durationMs <= leftMs) return clock.sleep(durationMs, signal);
      await clock.sleep(leftMs, signal);
      await new Promise<void>((resolve) => {
        if (durationMs <= 0 || signal?.aborted) resolve();
        else signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  };
}
