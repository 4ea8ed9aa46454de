import { HarmattanError } from './errors.ts';
import type { Random } from './random.ts';
import type { Clock, Instant } from './time.ts';

/** How often and how fast to try again. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Tries altogether, the first included; ≥ 1. */
  readonly attempts: number;
  /** Least pause between two tries, ms. */
  readonly firstDelayMs: number;
  /** Longest pause, ms, unless the error itself asks for a longer one. */
  readonly longestDelayMs: number;
  /** No try starts after it; a pause that would end later ends the retrying at once. `null`: no bound. */
  readonly deadlineAt: Instant | null;
  /** Ends the retrying with the last error. */
  readonly signal?: AbortSignal;
  /** Whether the error is worth another try; default: a HarmattanError whose registry row says so. */
  retryable?(error: unknown): boolean;
  /** Told before each pause. */
  onRetry?(error: unknown, delayMs: number): void;
}

/**
 * The pause after a pause of `previousMs`: uniform in [first, 3 × previous], capped. Decorrelated jitter keeps many
 * clients that failed together from coming back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function decorrelatedDelayMs(
  previousMs: number,
  firstDelayMs: number,
  longestDelayMs: number,
  random: Random,
): number {
  const upperMs = Math.max(firstDelayMs, previousMs * 3);
  return Math.min(longestDelayMs, Math.round(firstDelayMs + random() * (upperMs - firstDelayMs)));
}

/** How long the error asks to wait; 0 when it does not say. */
export const retryAfterMsOf = (error: unknown): number =>
  error instanceof HarmattanError ? (error.retryAfterMs ?? 0) : 0;

const isRetryable = (error: unknown) => error instanceof HarmattanError && error.retryable;

/**
 * Runs `operation` until it succeeds, and resolves with its value. Pauses on the injected clock, never shorter than the
 * error's `retryAfterMs`.
 *
 * @throws the last error: when it is not retryable, when the tries are used up, when the next pause would pass the
 *   deadline, or when the signal aborts
 */
export async function retry<T>(operation: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, random, attempts, firstDelayMs, longestDelayMs, deadlineAt, signal } = options;
  const worthIt = options.retryable ?? isRetryable;
  let delayMs = firstDelayMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation(attempt);
    } catch (error) {
      if (attempt >= attempts || signal?.aborted || !worthIt(error)) throw error;
      delayMs = decorrelatedDelayMs(delayMs, firstDelayMs, longestDelayMs, random);
      const pauseMs = Math.max(delayMs, retryAfterMsOf(error));
      if (deadlineAt !== null && clock.now() + pauseMs >= deadlineAt) throw error;
      options.onRetry?.(error, pauseMs);
      await clock.sleep(pauseMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}
