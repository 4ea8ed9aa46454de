import { HarmattanError } from '../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../core/time.ts';
import type { ProviderForecast } from '../weather/prediction.ts';
import type { Forecaster, ForecasterMemory, ForecastResult, Site, TemperatureReading } from './forecaster.ts';
import { clockShift, watchClock } from './models/clock-watch.ts';
import { isDoubted } from './models/doubt.ts';
import {
  decodeState,
  type EngineState,
  emptyState,
  encodeState,
  HEAD,
  KNOTS_H,
  LEVEL_COUNT,
} from './models/engine-state.ts';
import { startExpertWeights } from './models/expert-weights.ts';
import { LEADS, TIERS } from './models/features.ts';
import { type Outlook, outlookFrom } from './models/outlook.ts';
import { startOwnCorrection } from './models/own-correction.ts';
import { isLocal, startOwnErrors } from './models/own-errors.ts';
import { forgetView } from './models/pooled-view.ts';
import type { Prior } from './models/prior.ts';
import { hearProvider, judgeProviders } from './models/provider-memory.ts';
import { type Origin, originAt, putReading } from './models/reading-grid.ts';
import { LEAST_DAYS, learnUsual, solveUsual } from './models/usual-course.ts';
import { rememberIssue, verifyDue } from './models/verification.ts';

/** The name that stored states and forecasts carry. */
export const ENGINE_MODEL = 'pooled-1';

/** How often what is usual at a place is solved anew. */
const SOLVE_EVERY_MS = 10 * DAY_MS;

/**
 * The engine: a ridge regression pooled over many stations (`Prior`), chosen by what history is there and anchored at the
 * newest reading; per place its usual error by hour, a recursive correction, and weights of simple forecasts, all learnt
 * with the true delay of each lead; bands from pooled error quantiles, then from the place's own. See docs/forecasting.md.
 */
export function engineForecaster(prior: Prior): Forecaster {
  return {
    model: ENGINE_MODEL,
    contextMs: 400 * DAY_MS,
    start: (site) => {
      const state = emptyState();
      startExpertWeights(state);
      startOwnCorrection(state);
      startOwnErrors(state, prior, KNOTS_H);
      return new EngineMemory(site, prior, state);
    },
    restore: (site, bytes) => new EngineMemory(site, prior, decodeState(bytes)),
  };
}

class EngineMemory implements ForecasterMemory {
  readonly #site: Site;
  readonly #prior: Prior;
  readonly #state: EngineState;

  constructor(site: Site, prior: Prior, state: EngineState) {
    this.#site = site;
    this.#prior = prior;
    this.#state = state;
  }

  get newestAt(): Instant | null {
    const newestAt = this.#state.head[HEAD.newestAt] ?? Number.NEGATIVE_INFINITY;
    return newestAt === Number.NEGATIVE_INFINITY ? null : newestAt;
  }

  serialise(): Uint8Array {
    return encodeState(this.#state);
  }

  observe(readings: readonly TemperatureReading[]): void {
    for (const reading of inOrder(readings))
      if (!isDoubted(this.#state, this.#site, reading.validAt, reading.temperatureC)) this.#learn(reading);
  }

  observeProviderForecast(forecast: ProviderForecast): void {
    hearProvider(this.#state, forecast);
  }

  #learn({ validAt, temperatureC }: TemperatureReading): void {
    const state = this.#state;
    const { head } = state;
    forgetView();
    const beforeAt = this.newestAt;
    const before = { validAt: beforeAt ?? 0, temperatureC: head[HEAD.newestC] ?? Number.NaN };
    const changed = putReading(state, validAt, temperatureC);
    const origin = { validAt, temperatureC };
    if (beforeAt !== null && validAt > beforeAt) verifyDue(state, before, origin);
    // An older reading that comes late is history: it was no origin, and what it would verify is decided.
    if (!changed || (beforeAt !== null && validAt < beforeAt)) return;
    const issuedAt = head[HEAD.issuedAt] ?? Number.NEGATIVE_INFINITY;
    const isNewHour = Math.floor(validAt / HOUR_MS) > Math.floor(issuedAt / HOUR_MS);
    if (isNewHour) this.#learnHour(origin);
    if (isNewHour || issuedAt === validAt) rememberIssue(state, origin, this.#outlook(origin, false));
  }

  /** What is learnt once an hour, from its first reading. */
  #learnHour({ validAt, temperatureC }: Origin): void {
    const state = this.#state;
    const { head, usualSums } = state;
    judgeProviders(state, validAt, temperatureC);
    watchClock(state, validAt, temperatureC);
    // A place's climate is learnt for good: not from hours that may be others.
    if (clockShift(state) === null) learnUsual(usualSums, validAt, temperatureC);
    if (validAt - (head[HEAD.firstAt] ?? validAt) < LEAST_DAYS * DAY_MS) return;
    if (validAt - (head[HEAD.usualSolvedAt] ?? 0) < SOLVE_EVERY_MS) return;
    head[HEAD.usualIsSolved] = solveUsual(usualSums, state.usual) ? 1 : 0;
    head[HEAD.usualSolvedAt] = validAt;
  }

  #outlook(origin: Origin, isPast: boolean): Outlook {
    const own = !isPast && isLocal(this.#state);
    return outlookFrom(this.#state, this.#prior, this.#site, origin, { pooled: isPast, own });
  }

  forecast(issuedAt: Instant, validAt: readonly Instant[]): ForecastResult {
    const state = this.#state;
    const origin = originAt(state, issuedAt);
    if (origin === null)
      throw new HarmattanError('HMT_FORECAST_INPUT', { detail: 'No reading is known at the issue time.' });
    // What a place has taught is up to its newest reading: for an earlier issue it would tell of what came after.
    const isPast = (this.newestAt ?? 0) > issuedAt;
    const outlook = this.#outlook(origin, isPast);
    const meanC = new Array<number>(validAt.length);
    const quantilesC = new Array<readonly number[]>(validAt.length);
    for (let index = 0; index < validAt.length; index++) {
      const hours = ((validAt[index] ?? origin.validAt) - origin.validAt) / HOUR_MS;
      const at = meanAt(outlook, origin.temperatureC, hours);
      meanC[index] = at;
      quantilesC[index] = quantilesAround(at, outlook, hours);
    }
    return {
      model: ENGINE_MODEL,
      tier: TIERS[outlook.tier] ?? 'reading',
      calibration: !isPast && isLocal(state) ? 'local' : 'prior',
      originAt: origin.validAt,
      meanC,
      quantilesC,
    };
  }
}

/** Oldest first; of two with the same time the later in the list comes last, and so stays. */
function inOrder(readings: readonly TemperatureReading[]): readonly TemperatureReading[] {
  for (let index = 1; index < readings.length; index++)
    if ((readings[index]?.validAt ?? 0) < (readings[index - 1]?.validAt ?? 0))
      return [...readings].sort((one, other) => one.validAt - other.validAt);
  return readings;
}

/** Beyond the longest lead a day goes on as the day before it. */
const withinLeads = (lead: number): number => {
  let within = lead;
  while (within > LEADS) within -= 24;
  return within;
};

/** Between two whole leads on the straight line, the first of them from what the origin measured. */
function meanAt({ meanC }: Outlook, originC: number, hours: number): number {
  const lead = Math.floor(hours);
  const near = withinLeads(lead);
  const one = near === 0 ? originC : (meanC[near] ?? 0);
  return hours === lead ? one : one + (hours - lead) * ((meanC[withinLeads(lead + 1)] ?? 0) - one);
}

/** Copied for each row of quantiles: a row that is made of numbers from the start is not made twice. */
const ROW: readonly number[] = Array.from({ length: LEVEL_COUNT }, () => 0.5);

/** Errors grow like the root of the lead within the first hour, and slowly after two days. */
function quantilesAround(meanC: number, { meanC: means, quantileC }: Outlook, hours: number): readonly number[] {
  const quantiles = ROW.slice();
  const lead = Math.max(1, Math.floor(hours));
  if (hours === lead && lead <= LEADS) {
    const from = lead * LEVEL_COUNT;
    for (let level = 0; level < LEVEL_COUNT; level++) quantiles[level] = quantileC[from + level] ?? 0;
    return quantiles;
  }
  const beyond = hours > LEADS ? (hours / LEADS) ** 0.25 : 1;
  const factor = hours < 1 ? Math.sqrt(Math.max(hours, 0.05)) : beyond;
  const part = hours <= 1 ? 0 : hours - lead;
  const near = withinLeads(lead);
  const far = withinLeads(lead + 1);
  const nearC = means[near] ?? 0;
  const farC = means[far] ?? 0;
  for (let level = 0; level < LEVEL_COUNT; level++) {
    const one = (quantileC[near * LEVEL_COUNT + level] ?? 0) - nearC;
    const other = (quantileC[far * LEVEL_COUNT + level] ?? 0) - farC;
    quantiles[level] = meanC + factor * (one + part * (other - one));
  }
  return quantiles;
}
