import type { Clock, Instant } from '../core/time.ts';

/** Why a call is aborted when its slot is over; any other reason is the stage's own stop and says nothing of the source. */
export const SLOT_OVER = 'slot over';

/** A signal with a deadline, until it is released. */
export interface Deadline {
  readonly signal: AbortSignal;
  release(): void;
}

/**
 * A signal that aborts with `signal`, and at the deadline with the reason `SLOT_OVER`. It counts the time from now on, so
 * a clock that is set in between moves nothing.
 */
export function deadline(clock: Clock, deadlineAt: Instant | null, signal: AbortSignal): Deadline {
  if (deadlineAt === null) return { signal, release() {} };
  const over = new AbortController();
  const done = new AbortController();
  void clock.sleep(deadlineAt - clock.now(), done.signal).then(() => {
    if (!done.signal.aborted) over.abort(SLOT_OVER);
  });
  return { signal: AbortSignal.any([signal, over.signal]), release: () => done.abort() };
}
