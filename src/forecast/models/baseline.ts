import { HarmattanError } from '../../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import { LEVELS } from '../../weather/prediction.ts';
import type { Forecaster, ForecasterMemory, ForecastResult, TemperatureReading } from '../forecaster.ts';
import { decodeState, encodeState } from './baseline-state.ts';
import { diurnalProfile } from './diurnal-profile.ts';
import { errorTrack, LEADS_HOURS } from './error-track.ts';
import { readingRing } from './reading-ring.ts';

/** The name that stored states and forecasts carry. */
export const BASELINE_MODEL = 'baseline-1';

/** Decay of the day's common anomaly and of what the last reading has beyond it, hours. */
const DAY_ANOMALY_DECAY_H = 96;
const READING_ANOMALY_DECAY_H = 7;
/** Origins of verified forecasts lie at least this far apart. */
const TRACK_EVERY_MS = 50 * 60_000;

/**
 * An honest baseline. With a day of history or more: the place's own mean day (by hour, half-life two weeks), plus the
 * anomaly of the last day, which fades over days, plus what the last reading has beyond that, which fades over hours.
 * With less: persistence. Bands follow a logistic law whose scale is the mean absolute error at the lead: of its own
 * verified forecasts once there are enough (`local`), of the shipped table before (`prior`).
 */
export function baselineForecaster(): Forecaster {
  return {
    model: BASELINE_MODEL,
    contextMs: 30 * DAY_MS,
    start: () => new BaselineMemory(),
    restore: (_, bytes) => new BaselineMemory(bytes),
  };
}

class BaselineMemory implements ForecasterMemory {
  readonly #ring = readingRing();
  readonly #profile = diurnalProfile();
  readonly #errors = errorTrack();
  #firstAt: Instant | null = null;
  #trackedAt: Instant | null = null;

  constructor(bytes?: Uint8Array) {
    if (!bytes) return;
    const state = decodeState(bytes);
    this.#firstAt = state.firstAt;
    this.#trackedAt = state.trackedAt;
    this.#ring.load(state.ring);
    this.#profile.load(state.profile);
    this.#errors.load(state.errors);
  }

  get newestAt(): Instant | null {
    return this.#ring.newest()?.validAt ?? null;
  }

  serialise(): Uint8Array {
    return encodeState({
      firstAt: this.#firstAt,
      trackedAt: this.#trackedAt,
      ring: this.#ring.dump(),
      profile: this.#profile.dump(),
      errors: this.#errors.dump(),
    });
  }

  observe(readings: readonly TemperatureReading[]): void {
    for (const { validAt, temperatureC } of [...readings].sort((a, b) => a.validAt - b.validAt)) {
      if (!Number.isFinite(temperatureC)) continue;
      const newestAt = this.newestAt;
      const known = this.#ring.put(validAt, temperatureC);
      if (known === 'forgotten' || known === temperatureC) continue;
      if (known !== null) {
        this.#profile.learn(validAt, temperatureC - known, 0);
        continue;
      }
      this.#profile.learn(validAt, temperatureC, 1);
      if (this.#firstAt === null || validAt < this.#firstAt) this.#firstAt = validAt;
      // An old reading that comes late is history, not news: it verifies nothing.
      if (newestAt !== null && validAt <= newestAt) continue;
      this.#errors.verify(validAt, temperatureC);
      if (this.#trackedAt !== null && validAt - this.#trackedAt < TRACK_EVERY_MS) continue;
      this.#trackedAt = validAt;
      const targets = LEADS_HOURS.map((hours) => validAt + hours * HOUR_MS);
      this.#errors.expect(validAt, this.#means(validAt, temperatureC, targets));
    }
  }

  forecast(issuedAt: Instant, validAt: readonly Instant[]): ForecastResult {
    const origin = this.#ring.newest();
    if (!origin || origin.validAt > issuedAt) {
      const detail = origin ? 'The memory knows readings from after the issue time.' : 'There is no reading yet.';
      throw new HarmattanError('HMT_FORECAST_INPUT', { detail });
    }
    const meanC = this.#means(origin.validAt, origin.temperatureC, validAt);
    const profiled = this.#usesProfile();
    const quantilesC = validAt.map((at, index) => {
      const scale = this.#errors.meanAbsoluteErrorC((at - origin.validAt) / HOUR_MS, profiled) / (2 * Math.LN2);
      const mean = meanC[index] ?? Number.NaN;
      return LEVELS.map((level) => mean + scale * Math.log(level / (1 - level)));
    });
    return {
      model: BASELINE_MODEL,
      tier: this.#tier(origin.validAt),
      calibration: this.#errors.isLocal() ? 'local' : 'prior',
      originAt: origin.validAt,
      meanC,
      quantilesC,
    };
  }

  #means(originAt: Instant, temperatureC: number, targets: readonly Instant[]): readonly number[] {
    if (!this.#usesProfile()) return targets.map(() => temperatureC);
    const dayAnomaly = this.#ring.meanSince(originAt - DAY_MS, (at, value) => value - this.#profile.at(at));
    const beyond = temperatureC - this.#profile.at(originAt) - dayAnomaly;
    return targets.map((at) => {
      const hours = (at - originAt) / HOUR_MS;
      return (
        this.#profile.at(at) +
        dayAnomaly * Math.exp(-hours / DAY_ANOMALY_DECAY_H) +
        beyond * Math.exp(-hours / READING_ANOMALY_DECAY_H)
      );
    });
  }

  #usesProfile(): boolean {
    return this.#profile.isWhole();
  }

  #tier(originAt: Instant): string {
    if (this.#firstAt === null) return 'none';
    const spanMs = originAt - this.#firstAt;
    if (!this.#usesProfile()) return spanMs >= 6 * HOUR_MS ? '6h' : 'reading';
    if (spanMs >= 365 * DAY_MS) return 'year';
    if (spanMs >= 30 * DAY_MS) return '30d';
    return spanMs >= 7 * DAY_MS ? '7d' : '24h';
  }
}
