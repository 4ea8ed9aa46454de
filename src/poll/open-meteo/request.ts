import { floorTo, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { Place } from '../../weather/place.ts';
import type { Quantity } from '../../weather/quantity.ts';
import type { OpenMeteoOptions } from './config.ts';

export const QUARTER_MS = 15 * MINUTE_MS;

/** A variable of the provider that is one quantity of ours, with the unit that it must come in. */
export interface Variable {
  readonly name: string;
  readonly quantity: Quantity;
  readonly unit: string;
}

/** Read as they are. All are instantaneous but the gust, which is the strongest of the preceding hour. */
export const DIRECT: readonly Variable[] = [
  { name: 'temperature_2m', quantity: 'temperatureC', unit: '°C' },
  { name: 'apparent_temperature', quantity: 'feelsLikeC', unit: '°C' },
  { name: 'dew_point_2m', quantity: 'dewPointC', unit: '°C' },
  { name: 'pressure_msl', quantity: 'pressureHpa', unit: 'hPa' },
  { name: 'relative_humidity_2m', quantity: 'humidityPct', unit: '%' },
  { name: 'cloud_cover', quantity: 'cloudCoverPct', unit: '%' },
  { name: 'visibility', quantity: 'visibilityM', unit: 'm' },
  { name: 'wind_speed_10m', quantity: 'windSpeedMps', unit: 'm/s' },
  { name: 'wind_direction_10m', quantity: 'windFromDirectionDeg', unit: '°' },
  { name: 'wind_gusts_10m', quantity: 'windGustMps', unit: 'm/s' },
  { name: 'uv_index', quantity: 'uvIndex', unit: '' },
];

/** Sums over the preceding interval: of the quarter of an hour in `minutely_15`, of the hour in `hourly`. */
export const FALLING = { rain: 'mm', showers: 'mm', snowfall: 'cm' } as const;

export const WEATHER_CODE = 'weather_code';

const READING_VARIABLES = [...DIRECT.map(({ name }) => name), ...Object.keys(FALLING), WEATHER_CODE];
/** Neither visibility nor UV index nor showers are in the archive; its `rain` holds all that falls as water. */
const ARCHIVE_VARIABLES = READING_VARIABLES.filter((name) => !['visibility', 'uv_index', 'showers'].includes(name));
/** What is kept of the provider's forecast; each further variable would cost a twentieth of the quota. */
export const FORECAST_VARIABLES = ['temperature_2m', 'cloud_cover', 'wind_speed_10m', 'rain', 'showers'] as const;

/**
 * Quota units of one call: a unit per place, and in proportion more beyond ten variables. The time range would count
 * from a fortnight on; no call of ours is that long.
 * https://github.com/open-meteo/open-meteo/issues/438#issuecomment-1722945326
 */
export function costOf(options: OpenMeteoOptions, places: number, withForecast: boolean): number {
  const variables =
    READING_VARIABLES.length + (withForecast && options.forecastHours > 0 ? FORECAST_VARIABLES.length : 0);
  return Math.max(1, (variables * options.models.length) / 10) * places;
}

/** The addresses for these options: the customer hosts when there is a key and no other host is configured. */
export function hostsOf({ baseUrl, archiveBaseUrl, key }: OpenMeteoOptions): { forecast: string; archive: string } {
  const customer = (url: string) =>
    key === null ? url : url.replace(/^https:\/\/((?:archive-)?api\.open-meteo\.com)\/?$/, 'https://customer-$1');
  const plain = (url: string) => url.replace(/\/+$/, '');
  return { forecast: plain(customer(baseUrl)), archive: plain(customer(archiveBaseUrl)) };
}

/**
 * The readings of one slot and, `withForecast`, the hours after it.
 *
 * Why `minutely_15` and not `current`: `current` is whatever the provider calls now, so a late or repeated call would
 * answer another slot. `minutely_15` names its instants, is the same question however late it is asked, and its last
 * four sums make the rain of an hour, which `current` cannot give.
 */
export function slotUrl(
  options: OpenMeteoOptions,
  places: readonly Place[],
  slotAt: Instant,
  withForecast: boolean,
): string {
  const gridAt = floorTo(slotAt, QUARTER_MS);
  const hourAt = floorTo(slotAt, HOUR_MS);
  return joined(`${hostsOf(options).forecast}/v1/forecast`, [
    ...placesQuery(places),
    ...quartersQuery(gridAt, gridAt),
    ...(withForecast
      ? [
          ['hourly', FORECAST_VARIABLES.join(',')] as const,
          ['start_hour', minuteText(hourAt + HOUR_MS)] as const,
          ['end_hour', minuteText(hourAt + options.forecastHours * HOUR_MS)] as const,
        ]
      : []),
    ...conventions(options.models),
  ]);
}

/** The readings of all quarters of an hour in [first, last], both given on the grid. */
export function quartersUrl(
  options: OpenMeteoOptions,
  places: readonly Place[],
  firstAt: Instant,
  lastAt: Instant,
): string {
  return joined(`${hostsOf(options).forecast}/v1/forecast`, [
    ...placesQuery(places),
    ...quartersQuery(firstAt, lastAt),
    ...conventions(options.models),
  ]);
}

/** The hours of the days from `firstAt`'s to `lastAt`'s in the archive, which has no quarters. */
export function archiveUrl(
  options: OpenMeteoOptions,
  places: readonly Place[],
  firstAt: Instant,
  lastAt: Instant,
): string {
  return joined(`${hostsOf(options).archive}/v1/archive`, [
    ...placesQuery(places),
    ['hourly', ARCHIVE_VARIABLES.join(',')],
    ['start_date', minuteText(firstAt).slice(0, 10)],
    ['end_date', minuteText(lastAt).slice(0, 10)],
    ...conventions([]),
  ]);
}

/** One variable at one place at one instant: the cheapest question there is. */
export function probeUrl(options: OpenMeteoOptions, at: Instant): string {
  const gridAt = minuteText(floorTo(at, QUARTER_MS));
  return joined(`${hostsOf(options).forecast}/v1/forecast`, [
    ['latitude', '51.48'],
    ['longitude', '0'],
    ['minutely_15', 'temperature_2m'],
    ['start_minutely_15', gridAt],
    ['end_minutely_15', gridAt],
    ...conventions(options.models.slice(0, 1)),
  ]);
}

export const metadataUrl = (options: OpenMeteoOptions, folder: string): string =>
  `${hostsOf(options).forecast}/data/${folder}/static/meta.json`;

type Parameters = readonly (readonly [string, string])[];

// The models' cells are kilometres wide: four decimals (11 m) keep the address short.
const degrees = (value: number) => String(Math.round(value * 1e4) / 1e4);

const placesQuery = (places: readonly Place[]): Parameters => [
  ['latitude', places.map((place) => degrees(place.latitude)).join(',')],
  ['longitude', places.map((place) => degrees(place.longitude)).join(',')],
];

/** The three quarters before the first are asked for too: four sums make an hour's rain. */
const quartersQuery = (firstAt: Instant, lastAt: Instant): Parameters => [
  ['minutely_15', READING_VARIABLES.join(',')],
  ['start_minutely_15', minuteText(firstAt - 3 * QUARTER_MS)],
  ['end_minutely_15', minuteText(lastAt)],
];

const conventions = (models: readonly string[]): Parameters => [
  ['timeformat', 'unixtime'],
  ['timezone', 'GMT'],
  ['wind_speed_unit', 'ms'],
  ...(models.length === 0 || models.join() === 'best_match' ? [] : [['models', models.join(',')] as const]),
];

/** `2026-07-22T12:45`: without zone and seconds, in the asked zone, which is GMT. */
const minuteText = (at: Instant) => new Date(at).toISOString().slice(0, 16);

const joined = (path: string, query: Parameters) =>
  `${path}?${query.map(([name, value]) => `${name}=${value}`).join('&')}`;
