import { HarmattanError } from '../../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import type { Forecaster, ForecasterMemory, ForecastResult, TemperatureReading } from '../forecaster.ts';
import { BASELINE_PRIOR } from './baseline-prior.ts';
import { type BaselineState, decodeState, emptyState, encodeState, HEAD, LEADS_H } from './baseline-state.ts';
import { type DiurnalProfile, diurnalProfile, type History, historyAt } from './diurnal-profile.ts';
import {
  isLocal,
  leadPart,
  quantilesAround,
  rememberIssue,
  type SpreadKind,
  startSpread,
  verifyDue,
} from './own-errors.ts';
import { originAt, putReading } from './reading-grid.ts';

/** The name that stored states and forecasts carry. */
export const BASELINE_MODEL = 'baseline-1';

const YEAR_DAYS = 365;

/**
 * An honest baseline: damped anomaly on the place's own mean day.
 *
 * With a day of history or more, the forecast for time t is `P(t) + kept(lead) · (y − P(origin))`: P is the mean day of
 * up to 28 days before the origin, y the newest reading, and `kept` the share of an anomaly that is left after a lead
 * (pooled over measured stations). With less it is persistence. The bands are quantiles of verified errors: the pooled
 * ones first (`prior`), the place's own by lead and hour once a week of them is there (`local`).
 *
 * Tiers tell what history is there; from `30d` to `year` nothing is gained.
 */
export function baselineForecaster(): Forecaster {
  return {
    model: BASELINE_MODEL,
    contextMs: 40 * DAY_MS,
    start: () => {
      const state = emptyState();
      startSpread(state);
      return new BaselineMemory(state);
    },
    restore: (_, bytes) => new BaselineMemory(decodeState(bytes)),
  };
}

class BaselineMemory implements ForecasterMemory {
  readonly #state: BaselineState;

  constructor(state: BaselineState) {
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
    for (const reading of inOrder(readings)) if (Number.isFinite(reading.temperatureC)) this.#learn(reading);
  }

  #learn({ validAt, temperatureC }: TemperatureReading): void {
    const state = this.#state;
    const beforeAt = this.newestAt;
    const beforeC = state.head[HEAD.newestC] ?? Number.NaN;
    const changed = putReading(state, validAt, temperatureC);
    if (beforeAt !== null && validAt > beforeAt)
      verifyDue(state, { validAt: beforeAt, temperatureC: beforeC }, { validAt, temperatureC });
    // An older reading that comes late is history: it was no origin, and what it would verify is decided.
    if (!changed || (beforeAt !== null && validAt < beforeAt)) return;
    const issuedAt = state.head[HEAD.issuedAt] ?? Number.NEGATIVE_INFINITY;
    if (issuedAt === validAt || Math.floor(validAt / HOUR_MS) > Math.floor(issuedAt / HOUR_MS))
      this.#rememberOwnForecast(validAt, temperatureC);
  }

  /** What it says now at each of `LEADS_H`, to be verified when it is due; persistence is not worth remembering. */
  #rememberOwnForecast(validAt: Instant, temperatureC: number): void {
    const { spanHours } = historyAt(this.#state, validAt);
    const profile = diurnalProfile(this.#state, validAt, spanHours);
    if (profile === null) return;
    const anomalyC = temperatureC - profile.at(validAt);
    const meanC = LEADS_H.map(
      (leadH, lead) => profile.at(validAt + leadH * HOUR_MS) + keptAt(lead, profile.days) * anomalyC,
    );
    rememberIssue(this.#state, validAt, meanC);
  }

  forecast(issuedAt: Instant, validAt: readonly Instant[]): ForecastResult {
    const state = this.#state;
    const origin = originAt(state, issuedAt);
    if (origin === null)
      throw new HarmattanError('HMT_FORECAST_INPUT', { detail: 'No reading is known at the issue time.' });
    const history = historyAt(state, origin.validAt);
    const profile = diurnalProfile(state, origin.validAt, history.spanHours);
    // The own errors are those up to the newest reading: for an earlier issue they would tell of what came after it.
    const local = profile !== null && isLocal(state) && (this.newestAt ?? 0) <= issuedAt;
    const kind = local ? 'local' : spreadKindOf(profile);
    const anomalyC = profile === null ? 0 : origin.temperatureC - profile.at(origin.validAt);
    const meanC = new Array<number>(validAt.length);
    const quantilesC = new Array<readonly number[]>(validAt.length);
    for (const [index, at] of validAt.entries()) {
      const hours = (at - origin.validAt) / HOUR_MS;
      const where = leadPart(hours);
      const mean = profile === null ? origin.temperatureC : profile.at(at) + keptAfter(hours, profile.days) * anomalyC;
      meanC[index] = mean;
      quantilesC[index] = quantilesAround(state, kind, mean, at, where);
    }
    return {
      model: BASELINE_MODEL,
      tier: tierOf(profile, history, (origin.validAt - (state.head[HEAD.firstAt] ?? 0)) / DAY_MS),
      calibration: local ? 'local' : 'prior',
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

/** Share of an anomaly that is left at a lead of `LEADS_H`: the profile of a few days is itself part anomaly. */
function keptAt(lead: number, days: number): number {
  const many = BASELINE_PRIOR.keptOfManyDays[lead] ?? 0;
  return many + ((BASELINE_PRIOR.keptOfOneDay[lead] ?? 0) - many) / days;
}

function keptAfter(hours: number, days: number): number {
  if (hours <= 1) return 1 + (keptAt(0, days) - 1) * Math.max(hours, 0);
  const { lead, part, factor } = leadPart(hours);
  const kept = (1 - part) * keptAt(lead, days) + part * keptAt(lead + 1, days);
  return factor === 1 ? kept : kept * Math.exp((48 - hours) / 48);
}

function spreadKindOf(profile: DiurnalProfile | null): SpreadKind {
  if (profile === null) return 'persistence';
  return profile.days >= 28 ? 'month' : profile.days >= 7 ? 'week' : 'day';
}

/** By what is there: half of the hours of a span are enough for its tier. */
function tierOf(profile: DiurnalProfile | null, { spanHours, in6h, in7d, in28d }: History, ageDays: number): string {
  if (profile === null) return spanHours >= 5 && in6h >= 3 ? '6h' : 'reading';
  if (spanHours < 168 || in7d < 84) return '24h';
  if (ageDays < 30 || in28d < 336) return '7d';
  return ageDays < YEAR_DAYS ? '30d' : 'year';
}
