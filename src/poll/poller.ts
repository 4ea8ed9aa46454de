import { asHarmattanError } from '../core/errors.ts';
import { HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import { endEra } from '../ledger/era.ts';
import type { Place } from '../weather/place.ts';
import { askWitnesses } from './ask-witnesses.ts';
import type { Asker } from './asker.ts';
import type { BackfillReport, BackfillRequest } from './fill-holes.ts';
import { pollRecords } from './outcome.ts';
import type { PollPlan } from './plan.ts';
import { type RoundReport, type RoundRequest, runRound } from './run-round.ts';
import { FinishedRounds } from './schedule.ts';
import { type PollStageOptions, type StageParts, stageParts } from './stage-parts.ts';
import { PLAN_FACT, type PlanFact, type SourceStanding, saveStanding, standingFact, standingOf } from './standing.ts';
import { tellRound } from './tell-round.ts';

/** The poll stage: opens the slots, asks the sources, journals what they give, fills holes. */
export interface PollStage {
  /** The cadence in force, ms; `null` when nothing is expected. */
  readonly everyMs: number | null;
  /** One per source, the preferred first. */
  readonly plans: readonly PollPlan[];
  /** Works until aborted; the call in hand is aborted too, its slot stays pending. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Asks for every place of one slot that has no reading yet, at once. */
  round(slotAt: Instant): Promise<RoundReport>;
  /** One round for the present slot and all places now, whatever was done before. */
  pollOnce(signal?: AbortSignal): Promise<RoundReport>;
  /** Fills the holes of `[from, to)`; the ledger begins at `from` where it began later. */
  backfill(request: Partial<BackfillRequest>): Promise<BackfillReport>;
  /** How polling goes, per source. */
  standings(): Promise<readonly SourceStanding[]>;
}

const PAUSE_AFTER_FAILURE_MS = 5 * SECOND_MS;
const NEVER = new AbortController().signal;

/** @throws HarmattanError HMT_POLL_QUOTA_PLAN when the plan does not fit the quota and may not be stretched */
export function pollStage(options: PollStageOptions): PollStage {
  return new Poller(options);
}

class Poller implements PollStage {
  readonly everyMs: number | null;
  readonly plans: readonly PollPlan[];
  readonly #given: PollStageOptions;
  readonly #parts: StageParts;
  #finished = new FinishedRounds(null);
  #lastSlotAt: Instant | null = null;
  #started = false;
  /** Rounds and backfills, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(given: PollStageOptions) {
    this.#given = given;
    this.#parts = stageParts(given);
    this.plans = this.#parts.plans;
    this.everyMs = this.#parts.everyMs;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts.context;
    while (!signal.aborted) {
      try {
        await this.#step(signal);
        if (!signal.aborted) await clock.sleep(this.#parts.schedule.sleepMs(clock.now()), signal);
      } catch (thrown) {
        const error = asHarmattanError(thrown, 'HMT_CLI_DEFECT');
        logger.error('Polling failed; it goes on', { code: error.code, detail: error.detail });
        await clock.sleep(PAUSE_AFTER_FAILURE_MS, signal);
      }
    }
    await this.#parts.keeper
      ?.save()
      .catch((error: unknown) => logger.warn('The ledger was not saved', { reason: String(error) }));
  }

  round(slotAt: Instant): Promise<RoundReport> {
    return this.#inTurn(async () => {
      await this.#start();
      await this.#parts.keeper?.openDue(Math.max(slotAt, this.#parts.context.clock.now()));
      return this.#round(slotAt, { spread: false, all: false, signal: NEVER });
    });
  }

  pollOnce(signal: AbortSignal = NEVER): Promise<RoundReport> {
    return this.#inTurn(async () => {
      await this.#start();
      const nowAt = this.#parts.context.clock.now();
      const slotAt = (await this.#parts.keeper?.openDue(nowAt)) ?? this.#parts.schedule.slotOf(nowAt);
      const report = await this.#round(slotAt, { spread: false, all: true, signal });
      await this.#parts.keeper?.save();
      return report;
    });
  }

  backfill(request: Partial<BackfillRequest>): Promise<BackfillReport> {
    return this.#inTurn(async () => {
      const nowAt = this.#parts.context.clock.now();
      const { lookBackHours } = this.#given.options;
      const { from = nowAt - lookBackHours * HOUR_MS, to = nowAt, dryRun = false } = request;
      await this.#start();
      await this.#parts.keeper?.openDue(nowAt);
      if (!dryRun && request.from !== undefined) await this.#parts.keeper?.extendBack(from);
      const signal = request.signal ?? NEVER;
      const bound = { dryRun, deadlineAt: request.deadlineAt ?? null, signal };
      const report = await this.#parts.upkeep.fill(
        { from, to, ...bound },
        dryRun ? await this.#parts.upkeep.before(from, to) : [],
      );
      if (!dryRun) await this.#parts.upkeep.sweep();
      if (!dryRun) await this.#parts.keeper?.save();
      return report;
    });
  }

  async standings(): Promise<readonly SourceStanding[]> {
    return Promise.all(
      this.#everyone.map((one) => standingOf(one, this.#parts.context.clock, this.#parts.schedule, this.#lastSlotAt)),
    );
  }

  /** Runs `work` when what was begun before it is over: never two rounds at once. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #start(): Promise<void> {
    if (this.#started) return;
    const { store, sources } = this.#given;
    const { clock, logger } = this.#parts.context;
    const nowAt = clock.now();
    if (this.#parts.keeper) await this.#parts.keeper.start(nowAt);
    else await endEra(store, nowAt);
    for (const one of this.#everyone) {
      const before = await store.facts.get<SourceStanding>(standingFact(one.source.id));
      if (one === this.#parts.askers[0]) this.#lastSlotAt = before?.lastSlotAt ?? null;
      const { untilAt = null, because = null } = before?.breaker ?? {};
      const sameKey = before?.credential === one.source.capabilities.credential;
      if (sameKey && untilAt !== null && because === 'HMT_POLL_RATE_LIMITED') one.breaker.restore(untilAt, because);
    }
    this.#finished = new FinishedRounds(this.#lastSlotAt);
    const sentence = this.plans[0]?.sentence ?? this.#sentenceWithoutSource();
    const plan: PlanFact = {
      everyMs: this.everyMs ?? 0,
      graceMs: this.#parts.graceMs,
      sources: sources.map(({ id }) => id),
      sentence,
      computedAt: nowAt,
    };
    await store.facts.set(PLAN_FACT, plan);
    if (this.plans.some(({ stretched }) => stretched)) logger.warn(sentence);
    else logger.info(sentence);
    this.#started = true;
  }

  #sentenceWithoutSource(): string {
    if (this.everyMs === null)
      return 'Nobody is asked and nothing is expected: readings come from elsewhere when they come.';
    return `Nobody is asked: a reading of each of ${this.#given.places.length} places is expected every ${this.everyMs / MINUTE_MS} minutes.`;
  }

  /** What is due now: the present slot's round, then the ledger's upkeep and the holes. */
  async #step(signal: AbortSignal): Promise<void> {
    await this.#inTurn(async () => {
      await this.#start();
      if (this.#parts.keeper === null) return;
      const { clock } = this.#parts.context;
      const nowAt = clock.now();
      const slotAt = await this.#parts.keeper.openDue(nowAt);
      const isDue =
        this.#parts.askers.length > 0 && !this.#finished.has(slotAt) && nowAt < this.#parts.schedule.deadlineOf(slotAt);
      if (isDue) await this.#round(slotAt, { spread: true, all: false, signal });
      if (signal.aborted) return;
      const report = await this.#parts.upkeep.fillDue(signal);
      if (report !== null && report.calls > 0) await this.#saveStandings();
      await this.#parts.upkeep.sweep();
    });
  }

  async #round(
    slotAt: Instant,
    { spread, all, signal }: { spread: boolean; all: boolean; signal: AbortSignal },
  ): Promise<RoundReport> {
    const { clock } = this.#parts.context;
    const { options } = this.#given;
    const startedAt = clock.now();
    const places = all ? this.#given.places : await this.#wanting(slotAt);
    const leastMs = all || !spread ? 2 * options.timeoutSeconds * SECOND_MS : 0;
    const request: RoundRequest = {
      slotAt,
      places,
      spread: spread && startedAt - slotAt < this.#parts.schedule.spreadMs,
      backfill: startedAt > slotAt + this.#parts.graceMs,
      deadlineAt: Math.max(this.#parts.schedule.deadlineOf(slotAt), startedAt + leastMs),
      planned: !this.#finished.has(slotAt),
      signal,
    };
    const witnessed = this.#askWitnesses(request);
    const report = await runRound(
      {
        askers: this.#parts.askers,
        writer: this.#parts.writer,
        schedule: this.#parts.schedule,
        context: this.#parts.context,
        attempts: options.attempts,
        firstRetryMs: options.firstRetrySeconds * SECOND_MS,
        longestRetryMs: options.longestRetrySeconds * SECOND_MS,
        concurrentCalls: options.concurrentCalls,
        delivered: this.#parts.delivered,
        onPass: () => this.#saveStandings(),
      },
      request,
    );
    const when = { slotAt, startedAt, finishedAt: report.finishedAt, backfill: request.backfill };
    await this.#parts.writer.outcomes(pollRecords([...report.sources, ...(await witnessed)], report.missing, when));
    tellRound(report, this.#parts.context);
    if (report.complete) {
      for (const { id } of places) this.#parts.settled.add(id, slotAt);
      this.#finished.add(slotAt);
      this.#lastSlotAt = Math.max(this.#lastSlotAt ?? slotAt, slotAt);
    }
    await this.#saveStandings();
    return report;
  }

  #askWitnesses(request: RoundRequest) {
    const { options, places } = this.#given;
    return askWitnesses(
      {
        witnesses: this.#parts.witnesses,
        places,
        writer: this.#parts.writer,
        context: this.#parts.context,
        firstRetryMs: options.firstRetrySeconds * SECOND_MS,
        concurrentCalls: options.concurrentCalls,
      },
      request,
    );
  }

  get #everyone(): readonly Asker[] {
    return [...this.#parts.askers, ...this.#parts.witnesses];
  }

  /** Places whose slot is still open and not in the journal already. */
  async #wanting(slotAt: Instant): Promise<readonly Place[]> {
    const { store, places } = this.#given;
    const slots = await store.slots.get(places.map(({ id }) => ({ placeId: id, slotAt })));
    return places.filter(({ id }, index) => {
      const state = slots[index]?.state ?? 'pending';
      return state === 'pending' && !this.#parts.delivered.has(id, slotAt);
    });
  }

  async #saveStandings(): Promise<void> {
    const { clock, logger } = this.#parts.context;
    try {
      for (const one of this.#everyone) {
        if (one !== this.#parts.askers[0] && one.news().lastAttemptAt === null) continue;
        await saveStanding(this.#given.store, await standingOf(one, clock, this.#parts.schedule, this.#lastSlotAt));
      }
    } catch (error) {
      logger.warn('How polling goes could not be noted', { reason: String(error) });
    }
  }
}
