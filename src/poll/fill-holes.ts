import type { Context } from '../core/context.ts';
import { asHarmattanError, type ErrorCode } from '../core/errors.ts';
import type { Instant } from '../core/time.ts';
import { type Hole, holes } from '../ledger/holes.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import { askSpan, type SpanAnswer } from './ask-span.ts';
import { type Asker, tellingCode } from './asker.ts';
import { type BackfillCall, backfillCalls } from './backfill-calls.ts';
import type { Delivered } from './delivered.ts';
import type { JournalWriter } from './journal-writer.ts';
import { pollRecords, type SourceOutcome } from './outcome.ts';

export interface BackfillRequest {
  /** Slot time, `[from, to)`. */
  readonly from: Instant;
  readonly to: Instant;
  /** Says what it would do, and calls nobody. */
  readonly dryRun: boolean;
  /** No call starts after it; `null`: as long as it takes. */
  readonly deadlineAt: Instant | null;
  readonly signal: AbortSignal;
}

/** What a backfill did, or with `dryRun` would do. */
export interface BackfillReport {
  readonly from: Instant;
  readonly to: Instant;
  readonly dryRun: boolean;
  /** (place, slot) pairs without a fresh reading. */
  readonly holes: number;
  /** Of them: readings that are in the journal now. */
  readonly filled: number;
  /** Still open: no source reaches back so far, has the reading, or has quota to spare. */
  readonly left: number;
  readonly calls: number;
  readonly cost: number;
  readonly sources: readonly {
    readonly source: string;
    readonly calls: number;
    readonly cost: number;
    readonly filled: number;
  }[];
  /** Why it ended before every hole was tried; `null` when none was left out. */
  readonly stoppedBy: ErrorCode | 'time' | null;
}

export interface BackfillOptions {
  readonly askers: readonly Asker[];
  readonly store: Store;
  readonly writer: JournalWriter;
  readonly context: Context;
  readonly places: readonly Place[];
  readonly everyMs: number;
  readonly delivered: Delivered;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

/** Holes that are gathered before the sources are asked: bounds memory, and keeps the oldest first. */
const HOLES_AT_ONCE = 50_000;

interface Progress {
  holes: number;
  filled: number;
  stoppedBy: BackfillReport['stoppedBy'];
  readonly bySource: Map<string, SourceOutcome & { readonly filled: number }>;
  firstSlotAt: Instant | null;
}

/**
 * Fills holes, oldest first, from whatever source can look back so far, in order of preference, out of the spare quota.
 *
 * @param unopened slots before the ledger's first that a dry run counts as holes
 */
export async function fillHoles(
  options: BackfillOptions,
  request: BackfillRequest,
  unopened: Iterable<Hole> = [],
): Promise<BackfillReport> {
  const { askers, store, places, everyMs, delivered, writer, context } = options;
  const startedAt = context.clock.now();
  const able = askers.filter(({ source }) => source.backfill !== undefined && source.capabilities.lookBackMs > 0);
  const progress: Progress = { holes: 0, filled: 0, stoppedBy: null, bySource: new Map(), firstSlotAt: null };
  for (const { source } of able) progress.bySource.set(source.id, emptyOutcome(source.id));
  const search = { from: request.from, to: request.to, everyMs, placeIds: new Set(places.map(({ id }) => id)) };
  let gathered: Hole[] = [];
  let pairs = 0;
  for await (const hole of chained(unopened, holes(store.slots, search))) {
    const placeIds = hole.placeIds.filter((id) => !delivered.has(id, hole.slotAt));
    if (placeIds.length === 0) continue;
    gathered.push({ slotAt: hole.slotAt, placeIds });
    pairs += placeIds.length;
    progress.holes += placeIds.length;
    if (pairs < HOLES_AT_ONCE) continue;
    await fillSome(options, request, able, gathered, progress);
    gathered = [];
    pairs = 0;
    if (progress.stoppedBy !== null) break;
  }
  if (gathered.length > 0) await fillSome(options, request, able, gathered, progress);
  const outcomes = [...progress.bySource.values()];
  if (!request.dryRun && outcomes.some(({ calls }) => calls > 0))
    await writer.outcomes(
      pollRecords(
        outcomes.map(({ filled: _, ...outcome }) => outcome),
        [],
        { slotAt: progress.firstSlotAt ?? request.from, startedAt, finishedAt: context.clock.now(), backfill: true },
      ),
    );
  return reportOf(request, progress);
}

async function* chained(first: Iterable<Hole>, then: AsyncIterable<Hole>): AsyncGenerator<Hole> {
  yield* first;
  yield* then;
}

function reportOf({ from, to, dryRun }: BackfillRequest, progress: Progress): BackfillReport {
  const sources = [...progress.bySource.values()].map(({ source, calls, cost, filled }) => ({
    source,
    calls,
    cost,
    filled,
  }));
  return {
    from,
    to,
    dryRun,
    holes: progress.holes,
    filled: progress.filled,
    left: progress.holes - progress.filled,
    calls: sources.reduce((sum, { calls }) => sum + calls, 0),
    cost: sources.reduce((sum, { cost }) => sum + cost, 0),
    sources,
    stoppedBy: progress.stoppedBy,
  };
}

const emptyOutcome = (source: string) => ({ source, calls: 0, cost: 0, readings: 0, filled: 0, undecodable: [] });

/** Asks each source in turn for what is still open of these holes. */
async function fillSome(
  options: BackfillOptions,
  request: BackfillRequest,
  able: readonly Asker[],
  gathered: readonly Hole[],
  progress: Progress,
): Promise<void> {
  const open = new Map(gathered.map(({ slotAt, placeIds }) => [slotAt, new Set(placeIds)]));
  progress.firstSlotAt ??= gathered[0]?.slotAt ?? null;
  let stoppedBy: BackfillReport['stoppedBy'] = null;
  for (const asker of able) {
    stoppedBy = null;
    const nowAt = options.context.clock.now();
    for (const call of backfillCalls(asker.source.capabilities, options.places, open, options.everyMs, nowAt)) {
      stoppedBy = await makeCall(options, request, asker, call, open, progress);
      if (stoppedBy !== null) break;
    }
    if (stoppedBy === 'time' || request.signal.aborted) break;
  }
  progress.stoppedBy = stoppedBy;
}

/** Makes one call and journals what it brought. Resolves with why this source can do no more, or `null`. */
async function makeCall(
  options: BackfillOptions,
  request: BackfillRequest,
  asker: Asker,
  call: BackfillCall,
  open: Map<Instant, Set<string>>,
  progress: Progress,
): Promise<BackfillReport['stoppedBy']> {
  const { clock, meter } = options.context;
  const { source } = asker;
  const before = progress.bySource.get(source.id) ?? emptyOutcome(source.id);
  if (request.dryRun) {
    const filled = call.slots.reduce((sum, slotAt) => sum + take(open, slotAt, call.places).length, 0);
    progress.filled += filled;
    progress.bySource.set(source.id, {
      ...before,
      calls: before.calls + 1,
      cost: before.cost + call.cost,
      filled: before.filled + filled,
    });
    return null;
  }
  if (request.signal.aborted || (request.deadlineAt !== null && clock.now() >= request.deadlineAt)) return 'time';
  const answer = await askSpan({ ...options, ...request, asker, call });
  let filled = 0;
  try {
    filled = await journalAnswer(options, request, answer, open);
  } catch (thrown) {
    answer.stop = asHarmattanError(thrown, 'HMT_JOURNAL_UNAVAILABLE');
  }
  progress.filled += filled;
  meter.count('harmattan_poll_backfilled_slots_total', { source: source.id }, filled);
  const { calls, cost } = asker.takeTally();
  progress.bySource.set(source.id, {
    ...before,
    calls: before.calls + calls,
    cost: before.cost + cost,
    readings: before.readings + filled,
    filled: before.filled + filled,
    undecodable: [...before.undecodable, ...answer.undecodable].slice(0, 4),
  });
  return answer.stop === null ? null : tellingCode(answer.stop);
}

/** Journals the fresh readings that fill a hole, and no others: a call brings more than was missing. */
async function journalAnswer(
  { writer, delivered }: BackfillOptions,
  { deadlineAt, signal }: BackfillRequest,
  { readings }: SpanAnswer,
  open: Map<Instant, Set<string>>,
): Promise<number> {
  const wanted = readings.filter(
    ({ observation, stale }) =>
      !stale && observation.slotAt !== null && open.get(observation.slotAt)?.has(observation.placeId),
  );
  await writer.readings(wanted, true, { deadlineAt, signal });
  for (const { observation } of wanted) {
    if (observation.slotAt === null) continue;
    open.get(observation.slotAt)?.delete(observation.placeId);
    delivered.add(observation.placeId, observation.slotAt);
  }
  return wanted.length;
}

function take(open: Map<Instant, Set<string>>, slotAt: Instant, places: readonly Place[]): readonly string[] {
  const at = open.get(slotAt);
  return places.filter(({ id }) => at?.delete(id)).map(({ id }) => id);
}
