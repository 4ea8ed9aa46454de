import { type ErrorCode, HarmattanError } from '../core/errors.ts';
import { type Clock, HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';

/** Whether a call may be made. A refusal says until when, and which error paused the credential. */
export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly untilAt: Instant; readonly because: ErrorCode };

export interface BreakerState {
  readonly state: 'closed' | 'open' | 'half-open';
  /** When the trial call is due; `null` while closed. */
  readonly untilAt: Instant | null;
  readonly because: ErrorCode | null;
}

/** How long calls pause after an error, growing by doubling from `firstMs` to `longestMs`. */
interface Pause {
  /** Failures in a row that open the breaker. */
  readonly after: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

const REFUSED: Pause = { after: 1, firstMs: 15 * MINUTE_MS, longestMs: 6 * HOUR_MS };
/** Shorter than the usual slot, so that every slot has its trial. */
const TROUBLED: Pause = { after: 5, firstMs: MINUTE_MS, longestMs: 10 * MINUTE_MS };

const PAUSES: Readonly<Partial<Record<ErrorCode, Pause>>> = {
  HMT_POLL_KEY_REFUSED: REFUSED,
  HMT_POLL_NOT_SUBSCRIBED: REFUSED,
  HMT_POLL_FORBIDDEN: REFUSED,
  HMT_POLL_KEY_INACTIVE: { after: 1, firstMs: 10 * MINUTE_MS, longestMs: HOUR_MS },
  HMT_POLL_RATE_LIMITED: { after: 1, firstMs: MINUTE_MS, longestMs: 2 * HOUR_MS },
  HMT_POLL_UNREACHABLE: TROUBLED,
  HMT_POLL_TLS: TROUBLED,
  HMT_POLL_TIMEOUT: TROUBLED,
  HMT_POLL_PROVIDER_FAILED: TROUBLED,
  HMT_POLL_BODY_TOO_LARGE: TROUBLED,
  HMT_POLL_UNDECODABLE: TROUBLED,
};

/**
 * One per credential: pauses calls after repeated failures, so that a provider in trouble or a blocked account is not
 * hammered. A refused key opens it at once and for long; a rate limit whose reset is known opens it for exactly that
 * long. When the pause is over one single trial call goes through and decides.
 */
export interface Breaker {
  admit(): Admission;
  succeeded(): void;
  /** An error that says nothing about the provider's health (no data, bad request) counts as a success. */
  failed(error: unknown): void;
  /** The call was aborted by ourselves: it decides nothing. */
  abandoned(): void;
  state(): BreakerState;
  /** Goes on with a pause that another process began. */
  restore(untilAt: Instant, because: ErrorCode): void;
}

export function breaker(clock: Clock): Breaker {
  let failures = 0;
  /** Openings in a row without a success between. */
  let openings = 0;
  let open: { readonly since: Instant; readonly pauseMs: number; readonly because: ErrorCode } | null = null;
  let onTrial = false;

  const untilAt = () => {
    if (open === null) return null;
    // A clock that was set back must not make the pause longer than it is.
    if (clock.now() < open.since) open = { ...open, since: clock.now() };
    return open.since + open.pauseMs;
  };
  const close = () => {
    failures = 0;
    openings = 0;
    open = null;
    onTrial = false;
  };

  return {
    admit() {
      const until = untilAt();
      if (open === null || until === null) return { admitted: true };
      if (clock.now() < until) return { admitted: false, untilAt: until, because: open.because };
      if (onTrial) return { admitted: false, untilAt: clock.now() + MINUTE_MS, because: open.because };
      onTrial = true;
      return { admitted: true };
    },
    succeeded: close,
    failed(error) {
      const code: ErrorCode = error instanceof HarmattanError ? error.code : 'HMT_POLL_PROVIDER_FAILED';
      const pause = PAUSES[code];
      if (pause === undefined) return close();
      const wasTrial = onTrial;
      onTrial = false;
      failures++;
      const knownMs = error instanceof HarmattanError ? error.retryAfterMs : null;
      const exact = code === 'HMT_POLL_RATE_LIMITED' && knownMs !== null;
      if (!wasTrial && failures < pause.after) return;
      // Calls that were under way when it opened do not lengthen the pause.
      if (open !== null && !wasTrial && clock.now() < (untilAt() ?? 0) && !exact) return;
      const growingMs = Math.min(pause.longestMs, pause.firstMs * 2 ** Math.min(openings, 20));
      openings++;
      open = { since: clock.now(), pauseMs: exact ? Math.max(0, knownMs) : growingMs, because: code };
    },
    abandoned() {
      onTrial = false;
    },
    restore(until, because) {
      open = { since: clock.now(), pauseMs: Math.max(0, until - clock.now()), because };
    },
    state() {
      const until = untilAt();
      if (open === null || until === null) return { state: 'closed', untilAt: null, because: null };
      return { state: clock.now() < until ? 'open' : 'half-open', untilAt: until, because: open.because };
    },
  };
}
