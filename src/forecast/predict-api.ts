import { HarmattanError } from '../core/errors.ts';
import { EARLIEST_VALID_AT, type Instant } from '../core/time.ts';
import { LEVELS } from '../weather/prediction.ts';
import { QUANTITIES } from '../weather/quantity.ts';
import type { Forecaster, ForecastResult, TemperatureReading } from './forecaster.ts';
import { fullHoursAfter } from './issue.ts';
import { utcInstant } from './utc-instant.ts';

export interface PredictOptions {
  readonly forecaster: Forecaster;
  /** Most points of one request. */
  readonly maxPoints: number;
}

export interface PredictedHour {
  /** `2023-07-22 13:00:00`, UTC. */
  readonly timestamp: string;
  /** Expected temperature, °C. */
  readonly temperature: number;
  /** With `levels`: temperature by level. */
  readonly quantiles?: Readonly<Record<string, number>>;
  /** With `bands`: `[low, high]` by share in percent. */
  readonly bands?: Readonly<Record<string, readonly [number, number]>>;
}

export interface PredictReply {
  readonly predictions: readonly PredictedHour[];
  /** With `levels` or `bands`: who forecasts, from how much history, and whose errors the bands come from. */
  readonly model?: string;
  readonly tier?: string;
  readonly calibration?: string;
}

const DEFAULT_HOURS = 3;
const MOST_HOURS = 48;
/** Central shares whose ends are among the 19 levels, percent. */
const BANDS: readonly number[] = [10, 20, 30, 40, 50, 60, 70, 80, 90];
const LATEST_AT = Date.UTC(2200, 0, 1);

/**
 * Answers one body of `/predict/` as the original system's clients send it: `{latitude, longitude, data: [{ds, y}]}` in,
 * `{predictions: [{timestamp, temperature}]}` out, hourly on the full hour after the last `ds`, three hours by default,
 * times zone-less in UTC. Points may come in any order, spacing and number; of two with the same time the later in the
 * list counts. `horizon` (whole hours up to 48) gives more hours; `levels` (of the 19 quantile levels) and `bands`
 * (central shares in percent: 10, 20 … 90), each a list or `true` for all, add fields. Other members are ignored.
 *
 * @throws HarmattanError HMT_FORECAST_INPUT with the field (`data[3].y`)
 */
export function predict(body: unknown, { forecaster, maxPoints }: PredictOptions): PredictReply {
  const request = membersOf(body, 'body');
  const latitude = numberWithin(request.latitude, 'latitude', -90, 90);
  const longitude = numberWithin(request.longitude, 'longitude', -180, 180);
  const hours = request.horizon === undefined ? DEFAULT_HOURS : wholeWithin(request.horizon, 'horizon', 1, MOST_HOURS);
  const levels = listOf(request.levels, 'levels', LEVELS);
  const bands = listOf(request.bands, 'bands', BANDS);
  const readings = readingsOf(request.data, maxPoints);

  // Not the newest that is believed: the hours asked for follow the last point, whatever it says.
  const issuedAt = readings.reduce((latest, { validAt }) => Math.max(latest, validAt), Number.NEGATIVE_INFINITY);
  const memory = forecaster.start({ latitude, longitude, elevationM: null });
  memory.observe(readings.filter(({ validAt }) => validAt > issuedAt - forecaster.contextMs));
  if (memory.newestAt === null) throw wrong('data', 'holds no usable reading.');
  const validAt = fullHoursAfter(issuedAt, hours);
  const forecast = memory.forecast(issuedAt, validAt);
  const predictions = validAt.map((at, lead) => ({
    timestamp: zoneless(at),
    temperature: rounded(forecast.meanC[lead]),
    ...(levels ? { quantiles: quantilesAt(forecast, lead, levels) } : {}),
    ...(bands ? { bands: bandsAt(forecast, lead, bands) } : {}),
  }));
  if (!levels && !bands) return { predictions };
  const { model, tier, calibration } = forecast;
  return { predictions, model, tier, calibration };
}

const rounded = (value: number | undefined): number => Math.round((value ?? Number.NaN) * 100) / 100;

const quantileAt = ({ quantilesC }: ForecastResult, lead: number, level: number): number =>
  rounded(quantilesC[lead]?.[Math.round(level * 20) - 1]);

const quantilesAt = (forecast: ForecastResult, lead: number, levels: readonly number[]) =>
  Object.fromEntries(levels.map((level) => [String(level), quantileAt(forecast, lead, level)]));

const bandsAt = (forecast: ForecastResult, lead: number, shares: readonly number[]) =>
  Object.fromEntries(
    shares.map((share): [string, [number, number]] => [
      String(share),
      [quantileAt(forecast, lead, 0.5 - share / 200), quantileAt(forecast, lead, 0.5 + share / 200)],
    ]),
  );

const zoneless = (at: Instant): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

const wrong = (field: string, what: string): HarmattanError =>
  new HarmattanError('HMT_FORECAST_INPUT', { field, detail: `${field} ${what}` });

function membersOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'must be an object.');
  return value as Readonly<Record<string, unknown>>;
}

function numberWithin(value: unknown, field: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(field, 'must be a number.');
  if (value < min || value > max) throw wrong(field, `must lie between ${min} and ${max}.`);
  return value;
}

function wholeWithin(value: unknown, field: string, min: number, max: number): number {
  const number = numberWithin(value, field, min, max);
  if (!Number.isInteger(number)) throw wrong(field, 'must be a whole number.');
  return number;
}

function listOf(value: unknown, field: string, known: readonly number[]): readonly number[] | null {
  if (value === undefined || value === null || value === false) return null;
  if (value === true) return known;
  if (!Array.isArray(value) || value.length === 0 || value.length > known.length)
    throw wrong(field, `must be a list of at most ${known.length} numbers.`);
  return value.map((one: unknown, index) => {
    const found = known.find((number) => typeof one === 'number' && Math.abs(number - one) < 1e-9);
    if (found === undefined) throw wrong(`${field}[${index}]`, `must be one of ${known.join(', ')}.`);
    return found;
  });
}

function readingsOf(data: unknown, maxPoints: number): readonly TemperatureReading[] {
  if (!Array.isArray(data) || data.length === 0) throw wrong('data', 'must be a list with at least one {ds, y}.');
  if (data.length > maxPoints) throw wrong('data', `may hold at most ${maxPoints} points.`);
  const { min, max } = QUANTITIES.temperatureC;
  return data.map((point: unknown, index) => {
    const { ds, y } = membersOf(point, `data[${index}]`);
    const validAt = typeof ds === 'string' ? utcInstant(ds) : null;
    if (validAt === null || validAt < EARLIEST_VALID_AT || validAt >= LATEST_AT)
      throw wrong(`data[${index}].ds`, 'must be a time like "2023-07-22 12:54:00" (UTC), from 1979 on.');
    return { validAt, temperatureC: numberWithin(y, `data[${index}].y`, min, max) };
  });
}
