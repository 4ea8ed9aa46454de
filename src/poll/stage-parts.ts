import type { Context } from '../core/context.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import type { Transport } from '../core/transport.ts';
import type { Journal } from '../journal/journal.ts';
import { expectEvery } from '../ledger/expectation.ts';
import { type Keeper, keeper } from '../ledger/keeper.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import { witnessesAmong } from './ask-witnesses.ts';
import { type Asker, asker } from './asker.ts';
import type { PollOptions } from './config.ts';
import { Delivered } from './delivered.ts';
import { type JournalWriter, journalWriter } from './journal-writer.ts';
import { type PollPlan, planPolling } from './plan.ts';
import { type Schedule, schedule } from './schedule.ts';
import type { Source } from './source.ts';
import { Upkeep } from './upkeep.ts';

export interface PollStageOptions {
  /** In order of preference. Empty: others send; see `expect`. */
  readonly sources: readonly Source[];
  readonly places: readonly Place[];
  readonly journal: Journal;
  readonly store: Store;
  readonly context: Context;
  readonly transport: Transport;
  readonly options: PollOptions;
  /** What is expected where nobody of ours asks; has no effect beside sources of our own. */
  readonly expect?: { readonly everyMinutes: number | null };
}

/** What the poll stage is put together from. */
export interface StageParts {
  readonly context: Context;
  /** One per source that fills slots, the preferred first. */
  readonly plans: readonly PollPlan[];
  readonly askers: readonly Asker[];
  /** Those that measure at times of their own beside the slots. */
  readonly witnesses: readonly Asker[];
  /** The cadence in force, ms; `null` when nothing is expected. */
  readonly everyMs: number | null;
  readonly graceMs: number;
  readonly schedule: Schedule;
  /** `null` when nothing is expected. */
  readonly keeper: Keeper | null;
  readonly writer: JournalWriter;
  /** Fresh readings that are in the journal. */
  readonly delivered: Delivered;
  /** Slots whose outcome is in the journal: readings, and failures too. */
  readonly settled: Delivered;
  readonly upkeep: Upkeep;
}

/** @throws HarmattanError HMT_POLL_QUOTA_PLAN when the plan does not fit the quota and may not be stretched */
export function stageParts(given: PollStageOptions): StageParts {
  const { places, options, store } = given;
  const context: Context = { ...given.context, logger: given.context.logger.child({ stage: 'poll' }) };
  const beside = witnessesAmong(given.sources);
  const sources = given.sources.filter((source) => !beside.includes(source));
  const askerOf = (source: Source) =>
    asker({
      source,
      plan: planOf(source, { ...given, sources }),
      store,
      context,
      transport: given.transport,
      timeoutMs: options.timeoutSeconds * SECOND_MS,
    });
  const askers = sources.map(askerOf);
  const plans = askers.map(({ plan }) => plan);
  const polls = plans.length > 0;
  const expected =
    !polls && given.expect?.everyMinutes ? expectEvery(given.expect.everyMinutes, options.graceMinutes) : null;
  const everyMs = plans[0]?.everyMs ?? expected?.everyMs ?? null;
  const timetable = schedule(everyMs ?? options.everyMinutes * MINUTE_MS, options.spreadSeconds);
  const placeIds = places.map(({ id }) => id);
  const keepSlots = Math.ceil((options.lookBackHours * HOUR_MS) / timetable.everyMs) + 16;
  const historyMs = polls ? options.historyHours * HOUR_MS : 0;
  const placeById = new Map(places.map((place) => [place.id, place]));
  const parts = {
    context,
    plans,
    askers,
    witnesses: beside.map(askerOf),
    everyMs,
    graceMs: expected?.graceMs ?? options.graceMinutes * MINUTE_MS,
    schedule: timetable,
    keeper: everyMs === null ? null : keeper({ store, logger: context.logger, placeIds, everyMs, historyMs }),
    writer: journalWriter(given.journal, placeById, context, options.onceForecast),
    delivered: new Delivered(placeIds, keepSlots),
    settled: new Delivered(placeIds, keepSlots),
  };
  return { ...parts, upkeep: new Upkeep({ ...parts, store, places, options }) };
}

/** Only the preferred source's plan may be refused: the others are asked when it fails, as far as their quota goes. */
function planOf(source: Source, { sources, places, options }: PollStageOptions): PollPlan {
  return planPolling({
    sourceId: source.id,
    capabilities: source.capabilities,
    places: places.length,
    everyMinutes: options.everyMinutes,
    onQuota: source === sources[0] ? options.onQuota : 'stretch',
    reserveShare: options.quotaReserveShare,
  });
}
