import { HarmattanError } from '../core/errors.ts';
import { EARLIEST_VALID_AT, fromRfc3339, HOUR_MS, type Instant } from '../core/time.ts';
import { LEVELS } from '../weather/prediction.ts';
import type { Forecaster, TemperatureReading } from './forecaster.ts';

/**
 * `/predict/` as the original system's clients call it: `{latitude, longitude, data: [{ds, y}]}` in, `{predictions:
 * [{timestamp, temperature}]}` out, hourly on the full hour, three hours by default, times zone-less in UTC. `horizon`
 * (hours), `levels` (quantile levels) and `bands` (central shares in percent) are ours and add fields only when asked for.
 */
export interface PredictOptions {
  readonly forecaster: Forecaster;
  /** Most points of one request. */
  readonly maxPoints: number;
}

export interface PredictedHour {
  readonly timestamp: string;
  readonly temperature: number;
  /** With `levels`: temperature by level. */
  readonly quantiles?: Readonly<Record<string, number>>;
  /** With `bands`: `[low, high]` by share in percent. */
  readonly bands?: Readonly<Record<string, readonly [number, number]>>;
}

const DEFAULT_HOURS = 3;
const MOST_HOURS = 48;

/**
 * Answers one request.
 *
 * @throws HarmattanError HMT_FORECAST_INPUT with the field (`data[3].y`)
 */
export function predict(
  body: unknown,
  { forecaster, maxPoints }: PredictOptions,
): { readonly predictions: readonly PredictedHour[] } {
  const request = members(body, 'body');
  const latitude = within(request.latitude, 'latitude', -90, 90);
  const longitude = within(request.longitude, 'longitude', -180, 180);
  const readings = readingsOf(request.data, maxPoints);
  const hours =
    request.horizon === undefined ? DEFAULT_HOURS : Math.trunc(within(request.horizon, 'horizon', 1, MOST_HOURS));
  const levels = listOf(request.levels, 'levels', LEVELS);
  const bands = listOf(request.bands, 'bands', BANDS);

  const memory = forecaster.start({ latitude, longitude, elevationM: null });
  memory.observe(readings);
  const issuedAt = memory.newestAt ?? 0;
  const firstHour = Math.floor(issuedAt / HOUR_MS) + 1;
  const validAt = Array.from({ length: hours }, (_, lead) => (firstHour + lead) * HOUR_MS);
  const { meanC, quantilesC } = memory.forecast(issuedAt, validAt);
  const predictions = validAt.map((at, lead): PredictedHour => {
    const quantiles = quantilesC[lead] ?? [];
    const at_ = (level: number) => rounded(quantiles[Math.round(level * 20) - 1] ?? Number.NaN);
    return {
      timestamp: zoneless(at),
      temperature: rounded(meanC[lead] ?? Number.NaN),
      ...(levels ? { quantiles: Object.fromEntries(levels.map((level) => [String(level), at_(level)])) } : {}),
      ...(bands
        ? {
            bands: Object.fromEntries(
              bands.map((share) => [String(share), [at_(0.5 - share / 200), at_(0.5 + share / 200)] as const]),
            ),
          }
        : {}),
    };
  });
  return { predictions };
}

/** Central shares whose ends are among the 19 levels, percent. */
const BANDS: readonly number[] = [10, 20, 30, 40, 50, 60, 70, 80, 90];

const rounded = (value: number) => Math.round(value * 100) / 100;

/** `2023-07-22 13:00:00`. */
export const zoneless = (at: Instant): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

function bad(field: string, detail: string): HarmattanError {
  return new HarmattanError('HMT_FORECAST_INPUT', { field, detail: `${field} ${detail}` });
}

function members(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(field, 'must be an object.');
  return value as Readonly<Record<string, unknown>>;
}

function within(value: unknown, field: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(field, 'must be a number.');
  if (value < min || value > max) throw bad(field, `must lie between ${min} and ${max}.`);
  return value;
}

function listOf(value: unknown, field: string, known: readonly number[]): readonly number[] | null {
  if (value === undefined) return null;
  if (value === true) return known;
  if (!Array.isArray(value) || value.length > known.length) throw bad(field, `must be a list of ${known.join(', ')}.`);
  return value.map((one: unknown, index) => {
    const found = known.find((level) => typeof one === 'number' && Math.abs(level - one) < 1e-9);
    if (found === undefined) throw bad(`${field}[${index}]`, `must be one of ${known.join(', ')}.`);
    return found;
  });
}

function readingsOf(data: unknown, maxPoints: number): readonly TemperatureReading[] {
  if (!Array.isArray(data) || data.length === 0) throw bad('data', 'must be a list with at least one {ds, y}.');
  if (data.length > maxPoints) throw bad('data', `may hold at most ${maxPoints} points.`);
  return data.map((point: unknown, index) => {
    const { ds, y } = members(point, `data[${index}]`);
    const validAt = instantOf(ds);
    if (validAt === null || validAt < EARLIEST_VALID_AT || validAt > LATEST)
      throw bad(`data[${index}].ds`, 'must be a time like "2023-07-22 12:54:00" (UTC), from 1979 on.');
    return { validAt, temperatureC: within(y, `data[${index}].y`, -95, 65) };
  });
}

const LATEST = Date.UTC(2200, 0, 1);

/** Zone-less text is UTC, as the original's clients mean it. */
function instantOf(ds: unknown): Instant | null {
  if (typeof ds !== 'string' || ds.length > 40) return null;
  const text = ds.trim();
  const zoneLess = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d(?:\.\d+)?)?$/.exec(text);
  return zoneLess ? fromRfc3339(`${zoneLess[1]}T${zoneLess[2]}${zoneLess[3] ?? ':00'}Z`) : fromRfc3339(text);
}

/** For documents: the request's own example. */
export const PREDICT_EXAMPLE = {
  latitude: 14.73,
  longitude: -17.5,
  data: [{ ds: '2023-07-22 12:54:00', y: 30.1 }],
} as const;
