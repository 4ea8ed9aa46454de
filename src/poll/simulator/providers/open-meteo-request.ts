import { DAY_MS, floorTo, HOUR_MS, type Instant, MINUTE_MS } from '../../../core/time.ts';
import { zoneOffsetSeconds } from './provider-call.ts';

/** `[from, to)` in steps of `stepMs`. */
export interface TimeAxis {
  readonly from: Instant;
  readonly to: Instant;
  readonly stepMs: number;
}

/** A forecast or archive request of Open-Meteo, checked. */
export interface OpenMeteoRequest {
  readonly points: readonly { readonly latitude: number; readonly longitude: number }[];
  readonly current: readonly string[];
  readonly minutely15: readonly string[];
  readonly hourly: readonly string[];
  readonly daily: readonly string[];
  readonly models: readonly string[];
  readonly unixTime: boolean;
  readonly timeZone: string;
  readonly utcOffsetSeconds: number;
  readonly temperatureUnit: 'celsius' | 'fahrenheit';
  readonly windUnit: 'kmh' | 'ms' | 'mph' | 'kn';
  readonly precipitationUnit: 'mm' | 'inch';
  readonly minutely15Axis: TimeAxis;
  readonly hourlyAxis: TimeAxis;
  readonly dailyAxis: TimeAxis;
  /** Quota units: `max(1, max(vars / 10, vars / 10 × days / 14)) × places`. */
  readonly weight: number;
}

/** Thrown with the provider's own sentence; the reply is a 400. */
export class OpenMeteoRefusal extends Error {}

const refuse = (reason: string): never => {
  throw new OpenMeteoRefusal(reason);
};

const list = (query: URLSearchParams, name: string): readonly string[] =>
  query
    .getAll(name)
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');

function integer(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  const value = Number(text);
  return Number.isInteger(value) ? value : refuse(`Value of type 'Int' required for key '${name}'.`);
}

function choice<T extends string>(query: URLSearchParams, name: string, allowed: readonly T[], fallback: T): T {
  const text = query.get(name);
  if (text === null) return fallback;
  return (
    allowed.find((value) => value === text) ?? refuse(`Cannot initialize ${name} from invalid String value ${text}`)
  );
}

const swiftNumber = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value));

/** @throws OpenMeteoRefusal with the provider's sentence */
export function parseOpenMeteoRequest(url: URL, at: Instant, archive: boolean): OpenMeteoRequest {
  const query = url.searchParams;
  const points = pointsOf(query);
  const timeZone = query.get('timezone') ?? 'GMT';
  const zone = timeZone === 'auto' ? 'GMT' : timeZone;
  const utcOffsetSeconds = zoneOffsetSeconds(zone, at) ?? refuse('Invalid timezone');
  const hourly = list(query, 'hourly');
  const daily = list(query, 'daily');
  const current = list(query, 'current');
  const minutely15 = list(query, 'minutely_15');
  if (daily.length > 0 && query.get('timezone') === null) refuse('Timezone is required');
  const models = list(query, 'models');
  const axes = axesOf(query, at, utcOffsetSeconds, archive);
  const variables = (hourly.length + daily.length + current.length + minutely15.length) * Math.max(1, models.length);
  const days = (axes.dailyAxis.to - axes.dailyAxis.from) / DAY_MS;
  const weight = Math.max(1, Math.max(variables / 10, ((variables / 10) * days) / 14)) * points.length;
  return {
    points,
    current,
    minutely15,
    hourly,
    daily,
    models: models.length > 0 ? models : ['best_match'],
    unixTime: choice(query, 'timeformat', ['iso8601', 'unixtime'], 'iso8601') === 'unixtime',
    timeZone: zone,
    utcOffsetSeconds,
    temperatureUnit: choice(query, 'temperature_unit', ['celsius', 'fahrenheit'], 'celsius'),
    windUnit: choice(query, 'wind_speed_unit', ['kmh', 'ms', 'mph', 'kn'], 'kmh'),
    precipitationUnit: choice(query, 'precipitation_unit', ['mm', 'inch'], 'mm'),
    ...axes,
    weight,
  };
}

function pointsOf(query: URLSearchParams) {
  const latitudes = list(query, 'latitude').map(Number);
  const longitudes = list(query, 'longitude').map(Number);
  if (latitudes.length !== longitudes.length)
    refuse("Parameter 'latitude' and 'longitude' must have the same number of elements");
  if (latitudes.length === 0) refuse("Parameter 'latitude' and 'longitude' must not be empty");
  if (latitudes.length > 1000) refuse('Only up to 1000 locations can be requested at once');
  return latitudes.map((latitude, index) => {
    const longitude = longitudes[index] ?? Number.NaN;
    if (!(Math.abs(latitude) <= 90))
      refuse(`Latitude must be in range of -90 to 90°. Given: ${swiftNumber(latitude)}.`);
    if (!(Math.abs(longitude) <= 180))
      refuse(`Longitude must be in range of -180 to 180°. Given: ${swiftNumber(longitude)}.`);
    return { latitude, longitude };
  });
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const MINUTE = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/;

function dateOf(text: string, offsetMs: number): Instant {
  const at = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at)) refuse("Invalid date format. Make sure to use 'YYYY-MM-DD'");
  return at - offsetMs;
}

function axesOf(query: URLSearchParams, at: Instant, utcOffsetSeconds: number, archive: boolean) {
  const offsetMs = utcOffsetSeconds * 1000;
  const pastDays = integer(query, 'past_days');
  const forecastDays = integer(query, 'forecast_days');
  if (pastDays !== null && (pastDays < 0 || pastDays > 92))
    refuse(`Past days is invalid. Allowed range 0 to 92. Given ${pastDays}.`);
  if (forecastDays !== null && (forecastDays < 0 || forecastDays > 16))
    refuse(`Forecast days is invalid. Allowed range 0 to 16. Given ${forecastDays}.`);
  const startDate = query.get('start_date');
  const endDate = query.get('end_date');
  const today = floorTo(at + offsetMs, DAY_MS) - offsetMs;
  let dailyAxis: TimeAxis;
  if (startDate !== null || endDate !== null) {
    if (startDate === null || endDate === null)
      return refuse("Both 'start_date' and 'end_date' must be set in the url");
    if (pastDays !== null) refuse("Parameter 'past_days' is mutually exclusive with 'start_date' and 'end_date'");
    dailyAxis = { from: dateOf(startDate, offsetMs), to: dateOf(endDate, offsetMs) + DAY_MS, stepMs: DAY_MS };
    if (dailyAxis.to <= dailyAxis.from) refuse('End-date must be larger or equals than start-date');
    checkRange(dailyAxis, at, archive);
  } else {
    if (archive) refuse("Parameter 'start_date' is required");
    dailyAxis = { from: today - (pastDays ?? 0) * DAY_MS, to: today + (forecastDays ?? 7) * DAY_MS, stepMs: DAY_MS };
  }
  return {
    dailyAxis,
    hourlyAxis: stepAxis(query, 'hour', 'hours', at, offsetMs, dailyAxis, HOUR_MS),
    minutely15Axis: stepAxis(query, 'minutely_15', 'minutely_15', at, offsetMs, dailyAxis, 15 * MINUTE_MS),
  };
}

function checkRange(axis: TimeAxis, at: Instant, archive: boolean): void {
  const iso = (instant: Instant) => new Date(instant).toISOString().slice(0, 10);
  const first = archive ? Date.UTC(1940, 0, 1) : floorTo(at, DAY_MS) - 92 * DAY_MS;
  const last = archive ? floorTo(at, DAY_MS) : floorTo(at, DAY_MS) + 15 * DAY_MS;
  const wrong = axis.from < first ? 'start_date' : axis.to - DAY_MS > last ? 'end_date' : null;
  if (wrong) refuse(`Parameter '${wrong}' is out of allowed range from ${iso(first)} to ${iso(last)}`);
}

/** `start_hour/end_hour` (both inclusive), else `past_hours/forecast_hours` about now, else the days. */
function stepAxis(
  query: URLSearchParams,
  name: string,
  plural: string,
  at: Instant,
  offsetMs: number,
  days: TimeAxis,
  stepMs: number,
): TimeAxis {
  const start = query.get(`start_${name}`);
  const end = query.get(`end_${name}`);
  if (start !== null && end !== null) {
    if (!MINUTE.test(start) || !MINUTE.test(end)) refuse("Invalid date format. Make sure to use 'YYYY-MM-DD'");
    const from = floorTo(Date.parse(`${start}Z`) - offsetMs, stepMs);
    const to = floorTo(Date.parse(`${end}Z`) - offsetMs, stepMs) + stepMs;
    if (!(to > from)) refuse('End-date must be larger or equals than start-date');
    return { from, to, stepMs };
  }
  const past = integer(query, `past_${plural}`);
  const ahead = integer(query, `forecast_${plural}`);
  if (past === null && ahead === null) return { ...days, stepMs };
  const nowStep = floorTo(at, stepMs);
  return { from: nowStep - (past ?? 0) * stepMs, to: ahead === null ? days.to : nowStep + ahead * stepMs, stepMs };
}
