import type { Instant } from '../core/time.ts';
import type { Calibration, ProviderForecast } from '../weather/prediction.ts';

/** Where a forecast is for. */
export interface Site {
  readonly latitude: number;
  readonly longitude: number;
  readonly elevationM: number | null;
}

/** One reading as the forecaster learns it. Absent quantities are `null`. */
export interface TemperatureReading {
  readonly validAt: Instant;
  readonly temperatureC: number;
  readonly dewPointC?: number | null;
  readonly pressureHpa?: number | null;
  readonly windSpeedMps?: number | null;
}

/** A forecast for several instants. Arrays run in parallel over the instants asked for. */
export interface ForecastResult {
  readonly model: string;
  /** How much history it could use: `reading`, `6h`, `24h`, `7d`, `30d`, `year`. */
  readonly tier: string;
  readonly calibration: Calibration;
  /** Origin: the newest reading known, at or before the issue time. */
  readonly originAt: Instant;
  /** Expected temperature, °C. */
  readonly meanC: readonly number[];
  /** `[instant][level]`, ascending, at `LEVELS`. */
  readonly quantilesC: readonly (readonly number[])[];
}

/**
 * The memory of one series (one place, one source). Mutable; owned by whoever made it. Bounded in size whatever it has
 * seen.
 */
export interface ForecasterMemory {
  /**
   * Learns readings, in any order; one seen already changes nothing, a corrected one replaces the old as far as the
   * memory still holds it. Verifies earlier forecasts of its own against them, with the true delay of each lead.
   */
  observe(readings: readonly TemperatureReading[]): void;
  /** Learns what a provider forecast at its issue time; optional for a forecaster. */
  observeProviderForecast?(forecast: ProviderForecast): void;
  /**
   * Forecasts `validAt` (ascending, all after `issuedAt`, at most 96 h ahead) from what was known at `issuedAt`; only
   * readings with validAt ≤ issuedAt are used.
   *
   * @throws HarmattanError HMT_FORECAST_INPUT when no reading is known at `issuedAt`
   */
  forecast(issuedAt: Instant, validAt: readonly Instant[]): ForecastResult;
  /** Valid time of the newest reading learnt; `null` before the first. */
  readonly newestAt: Instant | null;
  /** Deterministic bytes; `restore` of them goes on bit for bit. */
  serialise(): Uint8Array;
}

/** Makes memories. Holds no state of its own: one forecaster serves every place. */
export interface Forecaster {
  /** Name and version (`pooled-1`). State of another model is not restored. */
  readonly model: string;
  start(site: Site): ForecasterMemory;
  /** @throws Error when the bytes are not this model's: the caller starts anew from the store */
  restore(site: Site, bytes: Uint8Array): ForecasterMemory;
  /** How far back readings matter to a memory that starts anew, ms. */
  readonly contextMs: number;
}
