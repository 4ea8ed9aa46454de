import type { Context } from '../core/context.ts';
import { asHarmattanError, type ErrorCode, HarmattanError } from '../core/errors.ts';
import { type Instant, SECOND_MS } from '../core/time.ts';
import type { Transport } from '../core/transport.ts';
import type { Store } from '../store/store.ts';
import { type Breaker, breaker } from './breaker.ts';
import { SLOT_OVER } from './deadline.ts';
import type { PollPlan } from './plan.ts';
import { type QuotaGate, type QuotaPurpose, quotaGate } from './quota.ts';
import type { FetchResult, Source, SourceContext } from './source.ts';

/** One guarded call. */
export interface Question {
  /** Quota units, charged before the call. */
  readonly cost: number;
  readonly purpose: QuotaPurpose;
  /** Units that first tries of the present round still need. */
  readonly outstanding: number;
  /** Ends the call: the slot is over, or the stage stops. */
  readonly signal: AbortSignal;
  call(context: SourceContext): Promise<FetchResult>;
}

/** What one source was asked and what it cost, since the tally was taken last. */
export interface Tally {
  readonly calls: number;
  readonly cost: number;
}

/** The newest success and failure of a source. */
export interface AskerNews {
  readonly lastAttemptAt: Instant | null;
  readonly lastSuccessAt: Instant | null;
  readonly lastErrorAt: Instant | null;
  readonly lastError: HarmattanError | null;
}

/** One source behind its breaker and its quota: nobody calls a source in any other way. */
export interface Asker {
  readonly source: Source;
  readonly plan: PollPlan;
  readonly breaker: Breaker;
  readonly quota: QuotaGate;
  /** Places that made a batch fail as a whole: until the instant, each is asked for in a call of its own. */
  readonly apart: Map<string, Instant>;
  /**
   * Makes the call once the breaker admits it and the quota is charged.
   *
   * @throws HarmattanError HMT_POLL_BREAKER_OPEN or HMT_POLL_QUOTA_SPENT with `retryAfterMs` and nothing called;
   *   HMT_POLL_* of the source; HMT_STORE_* when the quota cannot be charged, nothing called
   */
  ask(question: Question): Promise<FetchResult>;
  /** Calls and cost so far, counted from zero again after it. */
  takeTally(): Tally;
  news(): AskerNews;
}

export interface AskerOptions {
  readonly source: Source;
  readonly plan: PollPlan;
  readonly store: Store;
  readonly context: Context;
  readonly transport: Transport;
  readonly timeoutMs: number;
}

export function asker({ source, plan, store, context, transport, timeoutMs }: AskerOptions): Asker {
  const { clock, meter, logger } = context;
  const { capabilities } = source;
  const guard = breaker(clock);
  const quota = quotaGate({ sourceId: source.id, capabilities, plan, store: store.quota, clock });
  let tally = { calls: 0, cost: 0 };
  let news: AskerNews = { lastAttemptAt: null, lastSuccessAt: null, lastErrorAt: null, lastError: null };
  const bounded: Transport = (request) => transport({ ...request, timeoutMs: Math.min(request.timeoutMs, timeoutMs) });

  /** Charges the call, or says why it may not be made. */
  const charge = async ({ cost, purpose, outstanding }: Question): Promise<Instant> => {
    const admission = guard.admit();
    if (!admission.admitted) throw paused(source.id, admission.untilAt - clock.now(), admission.because);
    try {
      const answer = await quota.reserve(cost, purpose, outstanding);
      if (answer.granted) return answer.chargedAt;
      const retryAfterMs = Math.max(SECOND_MS, answer.resetsAt - clock.now());
      throw new HarmattanError('HMT_POLL_QUOTA_SPENT', {
        detail: `${source.id} has no room left in this ${answer.window}.`,
        retryAfterMs,
      });
    } catch (error) {
      guard.abandoned();
      throw asHarmattanError(error, 'HMT_STORE_UNAVAILABLE');
    }
  };

  const called = (startedAt: Instant, outcome: string) => {
    meter.count('harmattan_poll_calls_total', { source: source.id, outcome });
    meter.observe('harmattan_poll_call_seconds', { source: source.id }, Math.max(0, clock.now() - startedAt) / 1000);
  };

  return {
    source,
    plan,
    breaker: guard,
    quota,
    apart: new Map(),
    async ask(question) {
      const chargedAt = await charge(question);
      const { signal, cost } = question;
      tally = { calls: tally.calls + 1, cost: tally.cost + cost };
      meter.count('harmattan_poll_quota_units_total', { source: source.id }, cost);
      const startedAt = clock.now();
      news = { ...news, lastAttemptAt: startedAt };
      try {
        const result = await beforeAbort(question.call({ ...context, transport: bounded, signal }), signal);
        guard.succeeded();
        called(startedAt, 'ok');
        news = { ...news, lastSuccessAt: clock.now(), lastErrorAt: null, lastError: null };
        return result;
      } catch (thrown) {
        const error = asHarmattanError(thrown, 'HMT_POLL_PROVIDER_FAILED');
        if (signal.aborted && signal.reason !== SLOT_OVER) guard.abandoned();
        else guard.failed(error);
        called(startedAt, error.code);
        news = { ...news, lastErrorAt: clock.now(), lastError: error };
        logger.debug('A call failed', { source: source.id, code: error.code, detail: error.detail });
        throw error;
      } finally {
        await quota.settle(cost, chargedAt).catch((error: unknown) => {
          logger.warn('The quota of the new window could not be charged', { source: source.id, reason: String(error) });
        });
      }
    },
    takeTally() {
      const taken = tally;
      tally = { calls: 0, cost: 0 };
      return taken;
    },
    news: () => news,
  };
}

function paused(sourceId: string, retryAfterMs: number, because: ErrorCode): HarmattanError {
  return new HarmattanError('HMT_POLL_BREAKER_OPEN', {
    detail: `${sourceId}: ${because}.`,
    retryAfterMs: Math.max(SECOND_MS, retryAfterMs),
    cause: new HarmattanError(because),
  });
}

/** The code that a reader should see: behind a pause stands the error that caused it. */
export function tellingCode(error: HarmattanError): ErrorCode {
  return error.code === 'HMT_POLL_BREAKER_OPEN' && error.cause instanceof HarmattanError
    ? error.cause.code
    : error.code;
}

/** The promise's outcome, or HMT_POLL_TIMEOUT once the signal aborts: a source that hangs never holds up the next slot. */
function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new HarmattanError('HMT_POLL_TIMEOUT', { detail: 'Its slot was over.' }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
