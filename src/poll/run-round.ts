import type { Context } from '../core/context.ts';
import { asHarmattanError, type ErrorCode, type HarmattanError } from '../core/errors.ts';
import { decorrelatedDelayMs, retryAfterMsOf } from '../core/retry.ts';
import { type Instant, SECOND_MS } from '../core/time.ts';
import type { Place } from '../weather/place.ts';
import { type Asker, tellingCode } from './asker.ts';
import { type BatchOutcome, batchAsker } from './batch-asker.ts';
import { deadline } from './deadline.ts';
import type { Delivered } from './delivered.ts';
import { FirstTries } from './first-tries.ts';
import type { JournalWriter } from './journal-writer.ts';
import type { MissingSlot, SourceOutcome } from './outcome.ts';
import type { Schedule } from './schedule.ts';

export interface RoundRequest {
  readonly slotAt: Instant;
  readonly places: readonly Place[];
  /** Whether first calls are spread over the beginning of the slot. */
  readonly spread: boolean;
  /** The slot is asked for after its grace: we were not there in time. */
  readonly backfill: boolean;
  /** When the round ends, whatever is still under way. */
  readonly deadlineAt: Instant;
  /** Whether the round is in the plan; one more by hand is not. */
  readonly planned: boolean;
  /** The stage's own stop. */
  readonly signal: AbortSignal;
}

/** How a round went. */
export interface RoundReport {
  readonly slotAt: Instant;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  /** Places that were asked for. */
  readonly asked: number;
  /** Places with a reading in the journal, fresh or stale. */
  readonly answered: number;
  readonly stale: number;
  readonly missing: readonly MissingSlot[];
  readonly sources: readonly SourceOutcome[];
  /** False when the stage was stopped before the end: the slots stay pending. */
  readonly complete: boolean;
}

export interface RoundOptions {
  readonly askers: readonly Asker[];
  readonly writer: JournalWriter;
  readonly schedule: Schedule;
  readonly context: Context;
  readonly attempts: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  readonly concurrentCalls: number;
  /** Takes note of every fresh reading that is in the journal. */
  readonly delivered: Delivered;
  /** Told when every source has been asked and places are still wanting: the status need not wait for the slot's end. */
  onPass?(): Promise<void>;
}

/** A place whose slot has no fresh reading yet. */
interface Wanting {
  readonly place: Place;
  /** A stale reading is in the journal: good enough, unless another source has a fresh one. */
  stale: boolean;
  /** The newest error that was not about our own quota. */
  code: ErrorCode | null;
  quotaSpent: boolean;
  /** Sources that have said a final no for this slot. */
  readonly refusedBy: Set<string>;
}

/** Quick tries of a source before the next source is asked. */
const QUICK_ATTEMPTS = 3;

/**
 * One round: asks the sources in order of preference until every place has a fresh reading or nothing more can be done in
 * this slot. A place that a source fails is asked of the next one at once; when all have failed it is asked again after a
 * growing pause, until the tries or the slot are over.
 */
export async function runRound(options: RoundOptions, request: RoundRequest): Promise<RoundReport> {
  const { clock } = options.context;
  const { slotAt, places, signal } = request;
  const startedAt = clock.now();
  const { deadlineAt } = request;
  const wanting = new Map<string, Wanting>(
    places.map((place) => [place.id, { place, stale: false, code: null, quotaSpent: false, refusedBy: new Set() }]),
  );
  const bounded = deadline(clock, deadlineAt, signal);
  const outcomes = new Map<string, SourceOutcome>();
  const firstTries = new Map(options.askers.map((asker) => [asker, firstTriesOf(asker, request)]));
  try {
    if (startedAt < deadlineAt)
      await askUntilDone(options, request, { wanting, outcomes, firstTries, deadlineAt, signal: bounded.signal });
  } finally {
    bounded.release();
  }
  const complete = !signal.aborted;
  const unanswered = [...wanting.values()].filter(({ stale }) => !stale);
  return {
    slotAt,
    startedAt,
    finishedAt: clock.now(),
    asked: places.length,
    answered: places.length - unanswered.length,
    stale: [...wanting.values()].filter(({ stale }) => stale).length,
    missing: complete ? unanswered.map((place) => missingSlot(place, slotAt)) : [],
    sources: [...outcomes.values()],
    complete,
  };
}

/** A source whose own plan is slower than the slots is asked in between from what its plan leaves. */
const firstTriesOf = ({ plan }: Asker, { slotAt, planned }: RoundRequest) =>
  new FirstTries(planned && slotAt % plan.everyMs === 0 ? plan.costPerRound : 0);

interface RoundState {
  /** By place id; a place with a fresh reading is gone. */
  readonly wanting: Map<string, Wanting>;
  readonly outcomes: Map<string, SourceOutcome>;
  readonly firstTries: ReadonlyMap<Asker, FirstTries>;
  readonly deadlineAt: Instant;
  readonly signal: AbortSignal;
}

async function askUntilDone(options: RoundOptions, request: RoundRequest, state: RoundState): Promise<void> {
  const { askers, context, attempts, firstRetryMs, longestRetryMs } = options;
  const { clock, random } = context;
  const tries = new Map<Asker, number>();
  // The quick tries are over when the first pass is: later ones are few and far between.
  const firstPauseMs = Math.max(firstRetryMs, longestRetryMs / 4);
  let delayMs = firstPauseMs;
  for (let pass = 0; ; pass++) {
    let heldMs = Number.POSITIVE_INFINITY;
    for (const asker of askers) {
      const places = placesFor(asker, state.wanting, pass);
      if (places.length === 0 || (tries.get(asker) ?? 0) >= attempts) continue;
      const { calls, waitMs } = await askSource(options, request, state, asker, places, pass);
      if (calls > 0) tries.set(asker, (tries.get(asker) ?? 0) + (pass === 0 ? Math.min(QUICK_ATTEMPTS, attempts) : 1));
      const open = placesFor(asker, state.wanting, pass + 1).length > 0 && (tries.get(asker) ?? 0) < attempts;
      if (open) heldMs = Math.min(heldMs, waitMs);
      if (state.signal.aborted) return;
    }
    if (heldMs === Number.POSITIVE_INFINITY) return;
    await options.onPass?.();
    delayMs = decorrelatedDelayMs(delayMs, firstPauseMs, longestRetryMs, random);
    const pauseMs = Math.max(delayMs, heldMs);
    if (clock.now() + pauseMs >= state.deadlineAt) return;
    await clock.sleep(pauseMs, state.signal);
    if (state.signal.aborted) return;
  }
}

/** Places still to be asked of this source; those with a stale reading only in the first pass. */
function placesFor(asker: Asker, wanting: ReadonlyMap<string, Wanting>, pass: number): readonly Place[] {
  const places: Place[] = [];
  for (const { place, stale, refusedBy } of wanting.values())
    if (!refusedBy.has(asker.source.id) && (!stale || pass === 0)) places.push(place);
  return places;
}

/** Asks one source for these places; resolves with the calls made and how long the source asks to wait. */
async function askSource(
  options: RoundOptions,
  { slotAt, spread, backfill }: RoundRequest,
  { wanting, outcomes, firstTries, deadlineAt, signal }: RoundState,
  asker: Asker,
  places: readonly Place[],
  pass: number,
): Promise<{ readonly calls: number; readonly waitMs: number }> {
  const { writer, context, schedule } = options;
  const preferred = asker === options.askers[0];
  let waitMs = 0;
  let readings = 0;
  const undecodable: SourceOutcome['undecodable'][number][] = [];
  const failed = (placeId: string, error: HarmattanError) => {
    const place = wanting.get(placeId);
    if (place === undefined) return;
    if (error.code === 'HMT_POLL_QUOTA_SPENT') place.quotaSpent = true;
    else place.code = tellingCode(error);
    waitMs = Math.max(waitMs, retryAfterMsOf(error));
    if (!error.retryable) place.refusedBy.add(asker.source.id);
  };
  const answered = async ({ result, placeIds }: BatchOutcome) => {
    const asked = new Set(placeIds);
    const ours = result.readings.filter(({ observation }) => asked.has(observation.placeId));
    try {
      await writer.readings(ours, backfill, { deadlineAt, signal });
    } catch (thrown) {
      const error = asHarmattanError(thrown, 'HMT_JOURNAL_UNAVAILABLE');
      for (const placeId of placeIds) failed(placeId, error);
      return;
    }
    readings += ours.length;
    for (const { observation, stale } of ours) {
      settle(wanting, asker, observation.placeId, stale);
      if (!stale) options.delivered.add(observation.placeId, slotAt);
    }
    await writer.forecasts(result.forecasts);
  };
  const ask = batchAsker({
    asker,
    context,
    slotAt,
    deadlineAt,
    signal,
    quickAttempts: pass === 0 ? Math.min(QUICK_ATTEMPTS, options.attempts) : 1,
    firstRetryMs: options.firstRetryMs,
    firstTries: firstTries.get(asker) ?? new FirstTries(0),
    concurrentCalls: options.concurrentCalls,
    offsetsMs: (calls) =>
      spread && preferred && pass === 0 ? schedule.offsetsMs(calls, context.random) : new Array<number>(calls).fill(0),
    answered,
    failed,
    undecodable: (record) => undecodable.push(record),
  });
  await ask(places);
  const { calls, cost } = asker.takeTally();
  const before = outcomes.get(asker.source.id);
  outcomes.set(asker.source.id, {
    source: asker.source.id,
    calls: (before?.calls ?? 0) + calls,
    cost: (before?.cost ?? 0) + cost,
    readings: (before?.readings ?? 0) + readings,
    undecodable: [...(before?.undecodable ?? []), ...undecodable].slice(0, KEPT_BODIES),
  });
  return { calls, waitMs: Math.max(waitMs, SECOND_MS) };
}

/** Bodies of one source that one round puts into quarantine. */
const KEPT_BODIES = 4;

function settle(wanting: Map<string, Wanting>, asker: Asker, placeId: string, stale: boolean): void {
  const place = wanting.get(placeId);
  if (!stale || place === undefined) {
    wanting.delete(placeId);
    return;
  }
  place.stale = true;
  place.refusedBy.add(asker.source.id);
}

function missingSlot({ place, code, quotaSpent }: Wanting, slotAt: Instant): MissingSlot {
  if (quotaSpent && code === null) return { placeId: place.id, slotAt, reason: 'quota', code: 'HMT_POLL_QUOTA_SPENT' };
  return { placeId: place.id, slotAt, reason: 'no-answer', code };
}
