import type { Context } from '../core/context.ts';
import { asHarmattanError, type ErrorCode, HarmattanError } from '../core/errors.ts';
import { retry } from '../core/retry.ts';
import { HOUR_MS, type Instant, SECOND_MS } from '../core/time.ts';
import type { Place } from '../weather/place.ts';
import type { Asker } from './asker.ts';
import type { FirstTries } from './first-tries.ts';
import { type SourceOutcome, undecodableOf } from './outcome.ts';
import type { FetchResult } from './source.ts';

/** A call that brought something for these places. */
export interface BatchOutcome {
  readonly placeIds: readonly string[];
  readonly result: FetchResult;
}

export interface BatchAskerOptions {
  readonly asker: Asker;
  readonly context: Context;
  readonly slotAt: Instant;
  readonly deadlineAt: Instant;
  readonly signal: AbortSignal;
  /** Tries of one call before the batch is given back as failed. */
  readonly quickAttempts: number;
  readonly firstRetryMs: number;
  readonly firstTries: FirstTries;
  readonly concurrentCalls: number;
  /** When the calls go out, ms after the slot, ascending. */
  offsetsMs(calls: number): readonly number[];
  answered(outcome: BatchOutcome): Promise<void>;
  failed(placeId: string, error: HarmattanError): void;
  undecodable(record: SourceOutcome['undecodable'][number]): void;
}

/** Quick tries never hold up the next source for longer. */
const QUICK_MS = 30 * SECOND_MS;
const LONGEST_QUICK_DELAY_MS = 10 * SECOND_MS;
/** Calls that halving failed batches may cost one round. */
const HALVINGS = 40;
/** Errors of a whole batch that a single place of it may cause. */
const HALVED: ReadonlySet<ErrorCode> = new Set([
  'HMT_POLL_BAD_REQUEST',
  'HMT_POLL_UNDECODABLE',
  'HMT_POLL_BODY_TOO_LARGE',
]);
/** How long a place that made a batch fail is asked for in a call of its own. */
const APART_MS = 6 * HOUR_MS;

/**
 * Asks one source for places in batches. A batch that fails as a whole because of what it asks for is halved until the
 * place at fault stands alone; that place is asked for in a call of its own afterwards, so that it spoils no later batch.
 */
export function batchAsker(options: BatchAskerOptions): (places: readonly Place[]) => Promise<void> {
  const { asker, context, slotAt, signal } = options;
  const { clock } = context;
  let halvings = HALVINGS;

  const one = async (places: readonly Place[]): Promise<void> => {
    let result: FetchResult;
    try {
      result = await askOnce(options, places);
    } catch (thrown) {
      const error = asHarmattanError(thrown, 'HMT_POLL_PROVIDER_FAILED');
      if (places.length > 1 && HALVED.has(error.code) && halvings >= 2 && !signal.aborted) {
        halvings -= 2;
        const middle = places.length >> 1;
        await one(places.slice(0, middle));
        await one(places.slice(middle));
        return;
      }
      if (places.length === 1 && error.code === 'HMT_POLL_BAD_REQUEST')
        asker.apart.set(places[0]?.id ?? '', clock.now() + APART_MS);
      const record = undecodableOf(error, idsOf(places), [slotAt]);
      if (record) options.undecodable(record);
      for (const { id } of places) options.failed(id, error);
      return;
    }
    await options.answered({ placeIds: idsOf(places), result });
    const brought = new Set(result.readings.map(({ observation }) => observation.placeId));
    const told = new Map(result.failures.map(({ placeId, error }) => [placeId, error]));
    for (const { id } of places) {
      if (brought.has(id)) continue;
      const error = asHarmattanError(told.get(id) ?? new HarmattanError('HMT_POLL_NO_DATA'), 'HMT_POLL_UNDECODABLE');
      const record = undecodableOf(error, [id], [slotAt]);
      if (record) options.undecodable(record);
      options.failed(id, error);
    }
  };

  return async (places) => {
    const batches = batchesOf(asker, places, clock.now());
    const offsets = options.offsetsMs(batches.length);
    let next = 0;
    const worker = async () => {
      for (let index = next++; index < batches.length; index = next++) {
        await clock.sleep(slotAt + (offsets[index] ?? 0) - clock.now(), signal);
        if (signal.aborted) return;
        await one(batches[index] ?? []);
      }
    };
    await Promise.all(Array.from({ length: Math.min(options.concurrentCalls, batches.length) }, worker));
  };
}

/** One call with its quick tries. Waits for a short window of the quota to turn, which is pacing and no try. */
async function askOnce(options: BatchAskerOptions, places: readonly Place[]): Promise<FetchResult> {
  const { asker, context, deadlineAt, signal, quickAttempts, firstRetryMs } = options;
  const { clock, random, meter } = context;
  const ask = () => charged(options, places);
  for (;;) {
    try {
      return await retry(ask, {
        clock,
        random,
        attempts: quickAttempts,
        firstDelayMs: firstRetryMs,
        longestDelayMs: LONGEST_QUICK_DELAY_MS,
        deadlineAt: Math.min(clock.now() + QUICK_MS, deadlineAt),
        signal,
        retryable: (error) =>
          error instanceof HarmattanError && error.retryable && error.code !== 'HMT_POLL_QUOTA_SPENT',
        onRetry: () => meter.count('harmattan_poll_retries_total', { source: asker.source.id }),
      });
    } catch (error) {
      if (!(error instanceof HarmattanError) || error.code !== 'HMT_POLL_QUOTA_SPENT' || signal.aborted) throw error;
      const waitMs = error.retryAfterMs ?? Number.POSITIVE_INFINITY;
      if (clock.now() + waitMs >= deadlineAt) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}

/** One call, charged as the place's first try or as another one. */
async function charged(
  { asker, slotAt, signal, firstTries }: BatchAskerOptions,
  places: readonly Place[],
): Promise<FetchResult> {
  const cost = asker.source.capabilities.costOf(places.length);
  const purpose = firstTries.purposeOf(places, cost);
  if (purpose === 'plan') firstTries.take(places, cost);
  let made = false;
  try {
    return await asker.ask({
      cost,
      purpose,
      outstanding: firstTries.outstanding,
      signal,
      call: (sourceContext) => {
        made = true;
        return asker.source.fetch(places, slotAt, sourceContext);
      },
    });
  } finally {
    if (purpose === 'plan' && !made) firstTries.giveBack(places, cost);
  }
}

const idsOf = (places: readonly Place[]) => places.map(({ id }) => id);

function batchesOf(asker: Asker, places: readonly Place[], nowAt: Instant): readonly (readonly Place[])[] {
  const isApart = ({ id }: Place) => (asker.apart.get(id) ?? 0) > nowAt;
  const together = asker.apart.size > 0 ? places.filter((place) => !isApart(place)) : places;
  const size = asker.plan.placesPerCall;
  const batches: (readonly Place[])[] = [];
  for (let from = 0; from < together.length; from += size) batches.push(together.slice(from, from + size));
  if (together.length < places.length) for (const place of places) if (isApart(place)) batches.push([place]);
  return batches;
}
