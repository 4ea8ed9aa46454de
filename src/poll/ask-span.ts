import type { Context } from '../core/context.ts';
import { asHarmattanError, HarmattanError } from '../core/errors.ts';
import { retry } from '../core/retry.ts';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { Place } from '../weather/place.ts';
import type { Asker } from './asker.ts';
import type { BackfillCall } from './backfill-calls.ts';
import { deadline } from './deadline.ts';
import { type SourceOutcome, undecodableOf } from './outcome.ts';
import type { FetchResult, Reading } from './source.ts';

export interface SpanQuestion {
  readonly asker: Asker;
  readonly call: BackfillCall;
  readonly context: Context;
  readonly everyMs: number;
  readonly deadlineAt: Instant | null;
  readonly signal: AbortSignal;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

/** What one backfill call brought. */
export interface SpanAnswer {
  readings: Reading[];
  undecodable: SourceOutcome['undecodable'][number][];
  /** Why asking this source for more makes no sense now; `null` when it does. */
  stop: HarmattanError | null;
}

const ATTEMPTS = 3;

/** Asks for one stretch. Halves a batch that fails as a whole, so that one place's trouble is not everybody's. */
export async function askSpan(question: SpanQuestion): Promise<SpanAnswer> {
  const answer: SpanAnswer = { readings: [], undecodable: [], stop: null };
  const { call } = question;
  const ask = async (places: readonly Place[]): Promise<void> => {
    if (answer.stop !== null) return;
    try {
      const result = await askPlaces(question, places);
      answer.readings.push(...result.readings);
      for (const { placeId, error } of result.failures) note(answer, error, [placeId], call.slots);
    } catch (thrown) {
      const error = asHarmattanError(thrown, 'HMT_POLL_PROVIDER_FAILED');
      if (isForAll(error)) answer.stop = error;
      else if (places.length === 1)
        note(
          answer,
          error,
          places.map(({ id }) => id),
          call.slots,
        );
      else {
        const middle = places.length >> 1;
        await ask(places.slice(0, middle));
        await ask(places.slice(middle));
      }
    }
  };
  await ask(call.places);
  return answer;
}

/** One call with a few tries. A short window of the quota is waited for; longer ones are left to the next hour. */
function askPlaces(question: SpanQuestion, places: readonly Place[]): Promise<FetchResult> {
  const { asker, call, context, deadlineAt, everyMs } = question;
  const { backfillCostOf } = asker.source.capabilities;
  const cost = backfillCostOf(places.length, call.slots[0] ?? 0, (call.slots.at(-1) ?? 0) + everyMs);
  const { signal, release } = deadline(context.clock, deadlineAt, question.signal);
  const ask = () =>
    asker.ask({
      cost,
      purpose: 'holes',
      outstanding: 0,
      signal,
      call: async (sourceContext) => (await asker.source.backfill?.(places, call.slots, sourceContext)) ?? EMPTY,
    });
  return retry(ask, {
    clock: context.clock,
    random: context.random,
    attempts: ATTEMPTS,
    firstDelayMs: question.firstRetryMs,
    longestDelayMs: question.longestRetryMs,
    deadlineAt,
    signal,
    retryable: isWorthWaiting,
  }).finally(release);
}

const EMPTY: FetchResult = { readings: [], forecasts: [], failures: [] };

/** Errors of single places and bodies; any other concerns the source as a whole. */
const OF_PLACES: ReadonlySet<string> = new Set([
  'HMT_POLL_BAD_REQUEST',
  'HMT_POLL_NO_DATA',
  'HMT_POLL_UNDECODABLE',
  'HMT_POLL_BODY_TOO_LARGE',
]);
const isForAll = (error: HarmattanError) => !OF_PLACES.has(error.code);

function isWorthWaiting(error: unknown): boolean {
  if (!(error instanceof HarmattanError) || !error.retryable) return false;
  if (error.code === 'HMT_POLL_QUOTA_SPENT') return (error.retryAfterMs ?? 0) <= MINUTE_MS;
  return error.code !== 'HMT_POLL_BREAKER_OPEN' && error.code !== 'HMT_POLL_RATE_LIMITED';
}

function note(answer: SpanAnswer, error: Error, placeIds: readonly string[], slots: readonly Instant[]): void {
  const record = undecodableOf(asHarmattanError(error, 'HMT_POLL_UNDECODABLE'), placeIds, slots);
  if (record) answer.undecodable.push(record);
}
