/**
 * Time as every stage sees it. Nothing outside this file and the adapters reads the ambient clock or sets a timer, so
 * the whole program runs the same on the system clock and on a manual one (invariant 6).
 */

/** An instant: UTC epoch milliseconds, an integer. Fields that hold one end in `At`. */
export type Instant = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** The first instant that any part of the program accepts as the valid time of a reading: 1979-01-01T00:00:00Z. */
export const EARLIEST_VALID_AT: Instant = 283_996_800_000;

/** Where a stage gets the time from and how it waits. */
export interface Clock {
  /** The present instant. May go backwards when the system clock is set. */
  now(): Instant;
  /**
   * Resolves after `durationMs` (at once when it is ≤ 0). Resolves early, without error, when `signal` aborts: callers
   * look at the signal themselves after waking.
   */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. Sleeping does not keep the process alive once everything else has ended. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      if (durationMs <= 0 || signal?.aborted) return resolve();
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      // A longer delay than 2^31-1 ms would fire at once; every loop looks at the clock again after waking.
      const timer = setTimeout(finish, Math.min(durationMs, 2_147_483_647));
      signal?.addEventListener('abort', finish, { once: true });
    }),
};

/** A clock that stands still until it is told to move: for tests and `simulate`. */
export interface ManualClock extends Clock {
  /** Sets the time without waking sleepers, also backwards: what an operator does to a machine's clock. */
  set(at: Instant): void;
  /**
   * Moves the clock to `at`, waking sleepers in the order of their due times (ties: in the order in which they went to
   * sleep), and lets everything that each one started settle before the next one wakes.
   */
  advanceTo(at: Instant): Promise<void>;
  /** `advanceTo(now() + durationMs)`. */
  advanceBy(durationMs: number): Promise<void>;
  /** Resolves once no promise chain started so far has anything left to do but sleep or wait for real I/O. */
  settle(): Promise<void>;
  /** When the next sleeper is due, or `null` when nobody sleeps. */
  nextDueAt(): Instant | null;
}

interface Sleeper {
  readonly dueAt: Instant;
  readonly order: number;
  wake(): void;
}

/**
 * Makes a manual clock. `atRest` is awaited whenever the clock lets things settle: work that goes on outside of the
 * process (a journal on a cluster) is at rest when it resolves.
 */
export function manualClock(startAt: Instant, atRest?: () => Promise<void>): ManualClock {
  let nowAt = startAt;
  let order = 0;
  const sleepers: Sleeper[] = [];

  const settle = async () => {
    // One turn of the event loop drains all microtasks; the second lets work that itself yields to the loop finish.
    for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    await atRest?.();
  };
  const remove = (sleeper: Sleeper) => {
    const index = sleepers.indexOf(sleeper);
    if (index >= 0) sleepers.splice(index, 1);
  };
  const next = () => sleepers[0];

  return {
    now: () => nowAt,
    sleep: (durationMs, signal) =>
      new Promise((resolve) => {
        if (durationMs <= 0 || signal?.aborted) return resolve();
        const sleeper: Sleeper = {
          dueAt: nowAt + durationMs,
          order: order++,
          wake: () => {
            signal?.removeEventListener('abort', sleeper.wake);
            remove(sleeper);
            resolve();
          },
        };
        signal?.addEventListener('abort', sleeper.wake, { once: true });
        const before = sleepers.findIndex((other) => other.dueAt > sleeper.dueAt);
        sleepers.splice(before < 0 ? sleepers.length : before, 0, sleeper);
      }),
    set: (at) => {
      nowAt = at;
    },
    async advanceTo(at) {
      await settle();
      for (let due = next(); due !== undefined && due.dueAt <= at; due = next()) {
        nowAt = Math.max(nowAt, due.dueAt);
        due.wake();
        await settle();
      }
      nowAt = Math.max(nowAt, at);
      await settle();
    },
    advanceBy(durationMs) {
      return this.advanceTo(nowAt + durationMs);
    },
    settle,
    nextDueAt: () => next()?.dueAt ?? null,
  };
}

/** `2026-07-22T12:45:00Z`, or with milliseconds when there are any: RFC 3339 in UTC, as every reply and export has it. */
export function toRfc3339(at: Instant): string {
  const text = new Date(at).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** Reads RFC 3339 with a zone, or a plain date taken as its first instant in UTC. `null` when it is neither. */
export function fromRfc3339(text: string): Instant | null {
  if (!RFC3339.test(text) && !DATE.test(text)) return null;
  const at = Date.parse(text);
  // Date.parse turns 2023-02-30 into 2 March; a date that does not exist is a mistake, not another day.
  if (
    Number.isNaN(at) ||
    new Date(Date.parse(`${text.slice(0, 10)}T00:00:00Z`)).getUTCDate() !== Number(text.slice(8, 10))
  )
    return null;
  return at;
}

/** The start of the step of `stepMs` that `at` lies in, counted from the epoch. */
export const floorTo = (at: Instant, stepMs: number): Instant => Math.floor(at / stepMs) * stepMs;
