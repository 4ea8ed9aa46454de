import type { Context } from '../core/context.ts';
import { HOUR_MS, type Instant, SECOND_MS } from '../core/time.ts';
import { expectedSlots, readEras } from '../ledger/era.ts';
import type { Hole } from '../ledger/holes.ts';
import type { Keeper } from '../ledger/keeper.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import type { Asker } from './asker.ts';
import type { PollOptions } from './config.ts';
import type { Delivered } from './delivered.ts';
import { type BackfillReport, type BackfillRequest, fillHoles } from './fill-holes.ts';
import type { JournalWriter } from './journal-writer.ts';
import type { Schedule } from './schedule.ts';

export interface UpkeepOptions {
  readonly askers: readonly Asker[];
  /** `null` when nothing is expected. */
  readonly keeper: Keeper | null;
  readonly store: Store;
  readonly places: readonly Place[];
  readonly writer: JournalWriter;
  readonly context: Context;
  readonly schedule: Schedule;
  readonly options: PollOptions;
  /** Fresh readings that are in the journal. */
  readonly delivered: Delivered;
  /** Slots whose outcome is in the journal. */
  readonly settled: Delivered;
  readonly graceMs: number;
}

const FILL_EVERY_MS = HOUR_MS;

/** What is done for past slots, after the present one's round: holes are filled, hopeless ones are given up. */
export class Upkeep {
  readonly #given: UpkeepOptions;
  #filledAt: Instant | null = null;

  constructor(given: UpkeepOptions) {
    this.#given = given;
  }

  /**
   * On start and every hour: fills the holes of the look-back until the slot is over. What time did not allow goes on after
   * the next round. Resolves with `null` when it is not due.
   */
  async fillDue(signal: AbortSignal): Promise<BackfillReport | null> {
    const { context, schedule } = this.#given;
    const nowAt = context.clock.now();
    const slotAt = schedule.slotOf(nowAt);
    const deadlineAt = schedule.deadlineOf(slotAt);
    const sinceMs = this.#filledAt === null ? FILL_EVERY_MS : nowAt - this.#filledAt;
    const reachMs = this.#reachMs();
    if ((sinceMs >= 0 && sinceMs < FILL_EVERY_MS) || reachMs === 0 || nowAt >= deadlineAt) return null;
    const report = await this.fill({ from: nowAt - reachMs, to: slotAt, dryRun: false, deadlineAt, signal });
    if (report.stoppedBy !== 'time') this.#filledAt = nowAt;
    const { filled, left, stoppedBy } = report;
    if (filled > 0) context.logger.info('Holes were filled', { filled, left, stoppedBy });
    return report;
  }

  fill(request: BackfillRequest, unopened: Iterable<Hole> = []): Promise<BackfillReport> {
    const { options, schedule } = this.#given;
    return fillHoles(
      {
        ...this.#given,
        everyMs: schedule.everyMs,
        firstRetryMs: options.firstRetrySeconds * SECOND_MS,
        longestRetryMs: options.longestRetrySeconds * SECOND_MS,
      },
      request,
      unopened,
    );
  }

  /** The slots that a backfill from `from` would add before the ledger's first. */
  async before(from: Instant, to: Instant): Promise<Iterable<Hole>> {
    const { store, places, schedule } = this.#given;
    const firstAt = (await readEras(store))[0]?.fromAt ?? to;
    const placeIds = places.map(({ id }) => id);
    const era = { fromAt: schedule.slotOf(from), toAt: null, everyMs: schedule.everyMs, placeIds };
    return expectedSlots([era], era.fromAt, Math.min(to, firstAt));
  }

  /** Gives up pending slots that nobody will fill any more. */
  async sweep(): Promise<void> {
    const { askers, keeper, context, schedule, settled, graceMs } = this.#given;
    const nowAt = context.clock.now();
    const { everyMs } = schedule;
    const firstAfter = (at: Instant) => Math.ceil(at / everyMs) * everyMs;
    if (askers.length === 0) {
      await keeper?.sweep(firstAfter(nowAt - graceMs), nowAt, 'nobody-sent');
      return;
    }
    // The slot before this one may still be on its way through the journal.
    const beforeAt = schedule.slotOf(nowAt) - everyMs;
    const reachMs = this.#reachMs();
    const keepFrom = reachMs > 0 ? Math.min(beforeAt, firstAfter(nowAt - reachMs)) : beforeAt;
    await keeper?.sweep(keepFrom, nowAt, 'not-running', ({ placeId, slotAt }) => settled.has(placeId, slotAt));
  }

  /** How far back holes can be filled, ms; 0: not at all. */
  #reachMs(): number {
    const { askers, options } = this.#given;
    const wantedMs = Math.max(options.lookBackHours, options.historyHours) * HOUR_MS;
    const able = askers.filter(({ source }) => source.backfill !== undefined);
    return Math.min(wantedMs, Math.max(0, ...able.map(({ source }) => source.capabilities.lookBackMs)));
  }
}
