import { HarmattanError } from '../core/errors.ts';
import { DAY_MS, floorTo, type Instant, MINUTE_MS } from '../core/time.ts';
import { WINDOW_MS, windowEndAt } from './quota-window.ts';
import type { QuotaWindow, SourceCapabilities } from './source.ts';

export interface PlanRequest {
  readonly sourceId: string;
  readonly capabilities: SourceCapabilities;
  readonly places: number;
  readonly everyMinutes: number;
  readonly onQuota: 'stretch' | 'strict';
  /** Share of every limit that rounds may not use. */
  readonly reserveShare: number;
}

/** How one source is going to be polled: computed before the first call (invariant 4). */
export interface PollPlan {
  readonly everyMs: number;
  /** Places of one call: what the source allows and what the narrowest window has room for. */
  readonly placesPerCall: number;
  readonly callsPerRound: number;
  /** Quota units of one round without any failure. */
  readonly costPerRound: number;
  /** Share of every limit that rounds leave free. */
  readonly reserveShare: number;
  /** True when the cadence is not the one that was asked for. */
  readonly stretched: boolean;
  /** The plan in one sentence, for the log and the status page. */
  readonly sentence: string;
}

/** Cadences that divide a day, so that slots lie on the same times of every UTC day; minutes. */
export const CADENCES_MINUTES: readonly number[] = Array.from({ length: 1440 }, (_, index) => index + 1).filter(
  (minutes) => 1440 % minutes === 0,
);

/** A round is paced over at most this share of its slot when a short window is narrower than its cost. */
const PACED_SHARE = 0.5;

/**
 * The shortest cadence, not shorter than the one asked for, at which every window has room for all rounds.
 *
 * @throws HarmattanError HMT_POLL_QUOTA_PLAN when it would have to be longer than asked under `strict`, or when none fits
 */
export function planPolling(request: PlanRequest): PollPlan {
  const { capabilities, places } = request;
  const placesPerCall = placesThatFit(capabilities, places);
  if (placesPerCall === 0) throw tooMuch(request, 'One place in one call costs more than a whole window allows.');
  const costPerRound = costOfRound(capabilities, places, placesPerCall);
  const wanted = wantedMinutes(request);
  const fits = (minutes: number) =>
    capabilities.quota.every((window) => hasRoom(window, minutes * MINUTE_MS, costPerRound, request.reserveShare));
  const everyMinutes = CADENCES_MINUTES.find((minutes) => minutes >= wanted && fits(minutes));
  if (everyMinutes === undefined) throw tooMuch(request, 'Not even one round a day fits.');
  const sentence = sentenceOf(request, wanted, everyMinutes, costPerRound);
  if (everyMinutes > wanted && request.onQuota === 'strict') throw tooMuch(request, sentence);
  return {
    everyMs: everyMinutes * MINUTE_MS,
    placesPerCall,
    callsPerRound: Math.ceil(places / placesPerCall),
    costPerRound,
    reserveShare: request.reserveShare,
    stretched: everyMinutes !== request.everyMinutes,
    sentence,
  };
}

/** Units that rounds will need in the window of `name` after `at`: slots that begin in it, the present one not counted. */
export function unitsAhead(name: QuotaWindow['name'], at: Instant, plan: Pick<PollPlan, 'everyMs' | 'costPerRound'>) {
  const lastAt = windowEndAt(name, at) - 1;
  const slots = (floorTo(lastAt, plan.everyMs) - floorTo(at, plan.everyMs)) / plan.everyMs;
  return slots * plan.costPerRound;
}

/** What was asked for as a divisor of the day; stations that report at times of their own are not asked more often. */
function wantedMinutes({ capabilities, everyMinutes }: PlanRequest): number {
  const least = capabilities.ownTimes
    ? Math.max(everyMinutes, Math.min(1440, capabilities.publishedEveryMs / MINUTE_MS))
    : everyMinutes;
  return CADENCES_MINUTES.find((minutes) => minutes >= least) ?? 1440;
}

function placesThatFit({ placesPerCall, costOf, quota }: SourceCapabilities, places: number): number {
  const limit = Math.min(...quota.map((window) => window.limit));
  let fits = 0;
  let tooMany = Math.min(Math.max(1, places), placesPerCall) + 1;
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (costOf(middle) <= limit) fits = middle;
    else tooMany = middle;
  }
  return fits;
}

function costOfRound({ costOf }: SourceCapabilities, places: number, placesPerCall: number): number {
  const rest = places % placesPerCall;
  return Math.floor(places / placesPerCall) * costOf(placesPerCall) + (rest > 0 ? costOf(rest) : 0);
}

function hasRoom({ name, limit }: QuotaWindow, everyMs: number, costPerRound: number, reserveShare: number): boolean {
  const usable = limit * (1 - reserveShare);
  const windowMs = WINDOW_MS[name];
  if (windowMs >= everyMs) return Math.ceil(windowMs / everyMs) * costPerRound <= usable;
  return costPerRound <= usable || Math.ceil(costPerRound / usable) * windowMs <= everyMs * PACED_SHARE;
}

const units = (value: number) => Math.ceil(value).toLocaleString('en-US');
const per = (places: number) => (places === 1 ? '1 place' : `${units(places)} places`);
const minutesText = (minutes: number) => (minutes === 1 ? 'every minute' : `every ${minutes} minutes`);

function sentenceOf(request: PlanRequest, wanted: number, everyMinutes: number, costPerRound: number): string {
  const { sourceId, capabilities, places, reserveShare } = request;
  const perDay = (minutes: number) => (costPerRound * DAY_MS) / (minutes * MINUTE_MS);
  if (everyMinutes > wanted) {
    const window = capabilities.quota.find(
      (one) => !hasRoom(one, wanted * MINUTE_MS, costPerRound, reserveShare),
    ) as QuotaWindow;
    const rounds = Math.max(1, Math.ceil(WINDOW_MS[window.name] / (wanted * MINUTE_MS)));
    const need = `${units(costPerRound)} × ${rounds} = ${units(rounds * costPerRound)} units`;
    const kept = reserveShare > 0 ? ` of which ${Math.round(reserveShare * 100)} % stay in reserve` : '';
    return (
      `${per(places)} ${minutesText(wanted)} would cost ${need} per ${window.name} at ${sourceId}, whose quota is ` +
      `${units(window.limit)}${kept ? `,${kept}` : ''}: polling ${minutesText(everyMinutes)} instead, ` +
      `${units(perDay(everyMinutes))} units a day.`
    );
  }
  const day = capabilities.quota.find((window) => window.name === 'day');
  const quota = day ? ` of ${units(day.limit)}` : '';
  const why = everyMinutes === request.everyMinutes ? '' : ` (not ${minutesText(request.everyMinutes)})`;
  return `${per(places)} ${minutesText(everyMinutes)}${why} at ${sourceId}: ${units(perDay(everyMinutes))}${quota} units a day.`;
}

const tooMuch = ({ sourceId }: PlanRequest, detail: string) =>
  new HarmattanError('HMT_POLL_QUOTA_PLAN', { field: 'poll.everyMinutes', detail: `${sourceId}: ${detail}` });
