import type { Instant } from '../core/time.ts';
import type { Quantity } from './quantity.ts';

/** The 19 quantile levels of every forecast of ours: 0.05, 0.10 … 0.95. */
export const LEVELS: readonly number[] = Array.from({ length: 19 }, (_, index) => Math.round((index + 1) * 5) / 100);

/** `prior`: the bands come from the pooled spread; `local`: from this place's own verified errors. */
export type Calibration = 'prior' | 'local';

/**
 * One issue of our own temperature forecast for one place: all leads together. Natural key `(placeId, issuedAt, model)`.
 * Arrays run in parallel over `validAt`, which ascends.
 */
export interface Prediction {
  readonly placeId: string;
  /** The instant of the newest reading that the forecast knows. */
  readonly issuedAt: Instant;
  /** Which forecaster and version made it (`pooled-1`). */
  readonly model: string;
  /** How much history it could use: `reading`, `6h`, `24h`, `7d`, `30d`, `year`. */
  readonly tier: string;
  readonly calibration: Calibration;
  /** Source of the readings behind it. */
  readonly source: string;
  readonly validAt: readonly Instant[];
  /** Expected temperature, °C. */
  readonly meanC: readonly number[];
  /** `quantilesC[lead][level]`, ascending within a lead, in the order of `LEVELS`; `null` once a past vintage was thinned. */
  readonly quantilesC: readonly (readonly number[])[] | null;
  /**
   * Present once a vintage was thinned (older than 90 days): per lead the quantiles at `THINNED_LEVELS`, which is what
   * verification needs.
   */
  readonly thinnedC?: readonly (readonly number[])[];
}

/** The levels that a thinned vintage keeps. */
export const THINNED_LEVELS: readonly number[] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

/** What a provider itself forecasts, kept as issued. Natural key `(placeId, source, issuedAt)`: once per model run. */
export interface ProviderForecast {
  readonly placeId: string;
  readonly source: string;
  /** Named model of the provider; `null` where it does not say. */
  readonly model: string | null;
  /** The model run's time; the receive time where the provider does not say. */
  readonly issuedAt: Instant;
  readonly receivedAt: Instant;
  readonly validAt: readonly Instant[];
  /** One array per quantity that was given, in parallel with `validAt`; `null` entries are absent values. */
  readonly values: Readonly<Partial<Record<Quantity, readonly (number | null)[]>>>;
}
