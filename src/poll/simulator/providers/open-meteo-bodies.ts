import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../../core/time.ts';
import { forecastErrorC, newestRunAt, RUN_EVERY_MS, RUN_READY_MS, runSeed } from '../model-run.ts';
import type { SimulatedWeather, WeatherSite } from '../weather.ts';
import type { OpenMeteoRequest, TimeAxis } from './open-meteo-request.ts';
import { between, DAILY, surfacePressureHpa, VARIABLES, type Variable } from './open-meteo-variables.ts';
import { type ProviderCall, type ProviderWorld, zoneOffsetSeconds } from './provider-call.ts';
import { sunTimes } from './sun-times.ts';

/** The model run that a call is answered from. */
export const runOf = (call: ProviderCall): Instant =>
  newestRunAt(call.at) - (call.faulty('stale-time', '') ? 4 * RUN_EVERY_MS : 0);

/** The JSON of a whole answer. Hours are evaluated once per place and kept while they are asked for. */
export function openMeteoBodies(options: ProviderWorld) {
  const hours = new Map<string, Map<number, SimulatedWeather>>();
  const blocks = new Map<string, { readonly key: string; readonly text: string }>();

  const hourOf = (site: WeatherSite, id: string, hour: number): SimulatedWeather => {
    let own = hours.get(id);
    if (!own || own.size > 4000) {
      own = new Map();
      hours.set(id, own);
    }
    let weather = own.get(hour);
    if (!weather) {
      weather = options.air.at(site, hour * HOUR_MS);
      own.set(hour, weather);
    }
    return weather;
  };

  return (request: OpenMeteoRequest, call: ProviderCall): string => {
    const places = request.points.map((point, index) => {
      const { latitude, longitude } = point;
      const site = options.siteAt(latitude, longitude);
      const id = `${latitude},${longitude}`;
      const faulty = (name: Parameters<ProviderCall['faulty']>[0]) => call.faulty(name, id);
      const dstDay = call.faulty('dst-day', '');
      const step = faulty('grid-cell-coordinates') ? 1 : 0.125;
      const grid = (value: number) => Math.round(value / step) * step;
      const elevationM = site.elevationM ?? 0;
      const head = [
        `"latitude":${swiftFloat(grid(latitude))}`,
        `"longitude":${swiftFloat(grid(longitude))}`,
        `"generationtime_ms":${(0.05 + ((call.at / 1000 + index) % 97) / 500).toFixed(6)}`,
        `"utc_offset_seconds":${dstDay ? dstOffset(call.at) : request.utcOffsetSeconds}`,
        `"timezone":"${dstDay ? DST_ZONE : request.timeZone}"`,
        `"timezone_abbreviation":"${dstDay ? 'GMT+2' : request.timeZone}"`,
        `"elevation":${swiftFloat(elevationM)}`,
        ...(index > 0 ? [`"location_id":${index}`] : []),
      ];
      const runAt = runOf(call);
      const series: Series = {
        request,
        elevationM,
        nulls: faulty('missing-optional-fields') ? 'optional' : 'none',
        ...absence(call),
        hour: (hour) => hourOf(site, id, hour),
        errorC: (model, at) => {
          // A past hour was analysed by the run that came next after it; only the future knows the newest run.
          const ofRunAt = Math.min(runAt, newestRunAt(at + RUN_READY_MS));
          return forecastErrorC(
            runSeed(options.air.seed, model, latitude, longitude, ofRunAt),
            (at - ofRunAt) / HOUR_MS,
          );
        },
      };
      const empty = faulty('empty-data');
      const block = (name: string, names: readonly string[], axis: TimeAxis) => {
        if (names.length === 0) return [];
        const key = `${axis.from} ${axis.to} ${runAt} ${series.nulls} ${series.nullFrom} ${call.url.search} ${empty}`;
        const cacheId = `${name} ${id}`;
        const cached = blocks.get(cacheId);
        if (cached?.key === key) return [cached.text];
        const text = arraysBlock(series, name, names, empty ? { ...axis, to: axis.from } : axis);
        if (blocks.size > 20_000) blocks.clear();
        blocks.set(cacheId, { key, text });
        return [text];
      };
      return `{${[
        ...head,
        ...(request.current.length > 0 ? [currentBlock(series, call, empty)] : []),
        ...block('minutely_15', request.minutely15, staleAxis(request.minutely15Axis, call)),
        ...block('hourly', request.hourly, request.hourlyAxis),
        ...(request.daily.length > 0 ? [dailyBlock(series, site, request)] : []),
      ].join(',')}}`;
    });
    return places.length === 1 ? (places[0] ?? '') : `[${places.join(',')}]`;
  };
}

/** The archive is five days behind; a provider whose values come an hour late has nulls at first. */
function absence(call: ProviderCall): Pick<Series, 'nullFrom' | 'nullTo'> {
  if (call.url.pathname.endsWith('/v1/archive'))
    return { nullFrom: call.at - ARCHIVE_LAG_MS, nullTo: Number.POSITIVE_INFINITY };
  return call.faulty('nulls-first', '')
    ? { nullFrom: call.at - HOUR_MS, nullTo: call.at + 1 }
    : { nullFrom: Number.POSITIVE_INFINITY, nullTo: Number.POSITIVE_INFINITY };
}

/** A stale provider answers about hours ago, whatever it is asked. */
const staleAxis = (axis: TimeAxis, call: ProviderCall): TimeAxis =>
  call.faulty('stale-time', '') ? { ...axis, from: axis.from - STALE_MS, to: axis.to - STALE_MS } : axis;

const ARCHIVE_LAG_MS = 5 * DAY_MS;
const STALE_MS = 3 * HOUR_MS;
const DST_ZONE = 'Europe/Paris';
const dstOffset = (at: Instant): number => (zoneOffsetSeconds(DST_ZONE, at) ?? 0) + 3600;

/** As Swift prints a Float: `14.0`, `14.125`. */
const swiftFloat = (value: number): string =>
  Number.isInteger(value) ? `${value}.0` : String(Math.round(value * 1e6) / 1e6);

interface Series {
  readonly request: OpenMeteoRequest;
  readonly elevationM: number;
  readonly nulls: 'none' | 'optional';
  /** Values of `[nullFrom, nullTo)` are not there yet. */
  readonly nullFrom: Instant;
  readonly nullTo: Instant;
  hour(hour: number): SimulatedWeather;
  errorC(model: string, at: Instant): number;
}

function hourValue(series: Series, name: string, variable: Variable, model: string, hour: number): number {
  const weather = series.hour(hour);
  const value = variable.value(weather);
  if (name === 'temperature_2m' || name === 'apparent_temperature') return value + series.errorC(model, hour * HOUR_MS);
  if (name === 'dew_point_2m') return value + Math.min(0, series.errorC(model, hour * HOUR_MS));
  if (name === 'surface_pressure') return surfacePressureHpa(value, series.elevationM);
  if (name.startsWith('wind_speed')) return value * (1 + 0.1 * series.errorC(model, hour * HOUR_MS));
  return value;
}

function printed(series: Series, name: string, model: string, at: Instant, stepMs: number): string {
  const variable = VARIABLES.get(name);
  if (!variable) return 'null';
  if (variable.optional && series.nulls === 'optional') return 'null';
  if (at >= series.nullFrom && at < series.nullTo) return 'null';
  const hour = Math.floor(at / HOUR_MS);
  const share = at / HOUR_MS - hour;
  const before = hourValue(series, name, variable, model, hour);
  const after = share === 0 ? before : hourValue(series, name, variable, model, hour + 1);
  const value = between(variable, before, after, share, stepMs);
  const unit = variable.unit(series.request);
  const text = (unit.convert ? unit.convert(value) : value).toFixed(unit.decimals);
  return text.startsWith('-') && Number(text) === 0 ? text.slice(1) : text;
}

const isoMinute = (at: Instant, offsetSeconds: number) =>
  new Date(at + offsetSeconds * 1000).toISOString().slice(0, 16);

const printedTime = ({ request }: Series, at: Instant): string =>
  request.unixTime ? String(at / 1000) : `"${isoMinute(at, request.utcOffsetSeconds)}"`;

/** Each variable once per model; the model's name is only added where there are several. */
function columns(request: OpenMeteoRequest, names: readonly string[]) {
  return request.models.flatMap((model) =>
    names.map((name) => ({ name, model, label: request.models.length > 1 ? `${name}_${model}` : name })),
  );
}

const timeUnit = (request: OpenMeteoRequest) => (request.unixTime ? 'unixtime' : 'iso8601');

function unitsBlock(request: OpenMeteoRequest, block: string, names: readonly string[]): string {
  const interval = block === 'current' ? ',"interval":"seconds"' : '';
  const units = columns(request, names).map(
    ({ name, label }) => `"${label}":"${VARIABLES.get(name)?.unit(request).name ?? ''}"`,
  );
  return `"${block}_units":{"time":"${timeUnit(request)}"${interval},${units.join(',')}}`;
}

function currentBlock(series: Series, call: ProviderCall, empty: boolean): string {
  const { request } = series;
  const stepMs = 15 * MINUTE_MS;
  const at = Math.floor(call.at / stepMs) * stepMs - (call.faulty('stale-time', '') ? STALE_MS : 0);
  const values = columns(request, request.current).map(
    ({ name, model, label }) => `"${label}":${empty ? 'null' : printed(series, name, model, at, stepMs)}`,
  );
  return `${unitsBlock(request, 'current', request.current)},"current":{"time":${printedTime(series, at)},"interval":${stepMs / 1000},${values.join(',')}}`;
}

function arraysBlock(series: Series, block: string, names: readonly string[], axis: TimeAxis): string {
  const { request } = series;
  const count = Math.max(0, Math.round((axis.to - axis.from) / axis.stepMs));
  const times = Array.from({ length: count }, (_, step) => axis.from + step * axis.stepMs);
  const arrays = columns(request, names).map(
    ({ name, model, label }) =>
      `"${label}":[${times.map((at) => printed(series, name, model, at, axis.stepMs)).join(',')}]`,
  );
  return `${unitsBlock(request, block, names)},"${block}":{"time":[${times.map((at) => printedTime(series, at)).join(',')}],${arrays.join(',')}}`;
}

function dailyBlock(series: Series, site: WeatherSite, request: OpenMeteoRequest): string {
  const { from, to, stepMs } = request.dailyAxis;
  const days = Array.from({ length: Math.round((to - from) / stepMs) }, (_, day) => from + day * stepMs);
  const date = (at: Instant) =>
    request.unixTime ? String(at / 1000) : `"${isoMinute(at, request.utcOffsetSeconds).slice(0, 10)}"`;
  const value = (name: string, dayAt: Instant): string => {
    if (name === 'sunrise' || name === 'sunset') {
      const times = sunTimes(site.latitude, site.longitude, dayAt + 12 * HOUR_MS);
      const at = name === 'sunrise' ? times.sunriseAt : times.sunsetAt;
      return at === null ? 'null' : printedTime(series, Math.floor(at / MINUTE_MS) * MINUTE_MS);
    }
    const hours = Array.from({ length: 24 }, (_, hour) => series.hour(dayAt / HOUR_MS + hour));
    const celsius = hours.map((weather) => weather.temperatureC);
    if (name === 'temperature_2m_max') return Math.max(...celsius).toFixed(1);
    if (name === 'temperature_2m_min') return Math.min(...celsius).toFixed(1);
    if (name === 'uv_index_max') return Math.max(...hours.map((weather) => weather.uvIndex)).toFixed(2);
    return hours.reduce((sum, weather) => sum + weather.rain1hMm + weather.snow1hMm, 0).toFixed(2);
  };
  const units = request.daily.map((name) => {
    const unit = DAILY.get(name)?.unit ?? '';
    return `"${name}":"${unit === 'time' ? timeUnit(request) : unit}"`;
  });
  const arrays = request.daily.map((name) => `"${name}":[${days.map((day) => value(name, day)).join(',')}]`);
  return `"daily_units":{"time":"${timeUnit(request)}",${units.join(',')}},"daily":{"time":[${days.map(date).join(',')}],${arrays.join(',')}}`;
}
