import { HOUR_MS } from '../../../core/time.ts';
import type { SimulatedWeather } from '../weather.ts';
import type { OpenMeteoRequest } from './open-meteo-request.ts';

/** Open-Meteo's units with the decimals that it prints for each. */
interface Unit {
  readonly name: string;
  readonly decimals: number;
  readonly convert?: (value: number) => number;
}

interface Variable {
  readonly value: (weather: SimulatedWeather) => number;
  readonly unit: (request: OpenMeteoRequest) => Unit;
  /** `sum`: over the preceding interval, so a quarter of an hour has a quarter; `step`: not interpolated. */
  readonly kind: 'mean' | 'sum' | 'step' | 'angle';
  /** Left out (null) when optional fields are missing. */
  readonly optional?: boolean;
}

const celsius: Variable['unit'] = (request) =>
  request.temperatureUnit === 'celsius'
    ? { name: '°C', decimals: 1 }
    : { name: '°F', decimals: 1, convert: (value) => value * 1.8 + 32 };
const SPEEDS: Readonly<Record<OpenMeteoRequest['windUnit'], Unit>> = {
  kmh: { name: 'km/h', decimals: 1, convert: (value) => value * 3.6 },
  ms: { name: 'm/s', decimals: 2 },
  mph: { name: 'mp/h', decimals: 1, convert: (value) => value * 2.236936 },
  kn: { name: 'kn', decimals: 1, convert: (value) => value * 1.943844 },
};
const speed: Variable['unit'] = (request) => SPEEDS[request.windUnit];
const millimetres: Variable['unit'] = (request) =>
  request.precipitationUnit === 'mm'
    ? { name: 'mm', decimals: 2 }
    : { name: 'inch', decimals: 3, convert: (value) => value / 25.4 };
const fixed = (name: string, decimals: number): Variable['unit'] => {
  const unit = { name, decimals };
  return () => unit;
};

/** Height of the atmosphere over which surface pressure falls, m. */
const SCALE_HEIGHT_M = 8434;

/** The variables that a client of ours could ask for. `elevationM` of the cell is applied by the server. */
export const VARIABLES: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ['temperature_2m', { value: (w) => w.temperatureC, unit: celsius, kind: 'mean' }],
  ['relative_humidity_2m', { value: (w) => w.humidityPct, unit: fixed('%', 0), kind: 'mean' }],
  ['dew_point_2m', { value: (w) => w.dewPointC, unit: celsius, kind: 'mean' }],
  ['apparent_temperature', { value: (w) => w.feelsLikeC, unit: celsius, kind: 'mean' }],
  ['is_day', { value: (w) => (w.sunElevationDeg > -0.833 ? 1 : 0), unit: fixed('', 0), kind: 'step' }],
  ['precipitation', { value: (w) => w.rain1hMm + w.snow1hMm, unit: millimetres, kind: 'sum' }],
  ['precipitation_probability', { value: (w) => w.cloudCoverPct * 0.6, unit: fixed('%', 0), kind: 'mean' }],
  ['rain', { value: (w) => (w.conditionId < 300 ? 0 : w.rain1hMm), unit: millimetres, kind: 'sum' }],
  ['showers', { value: (w) => (w.conditionId < 300 ? w.rain1hMm : 0), unit: millimetres, kind: 'sum' }],
  ['snowfall', { value: (w) => w.snow1hMm * 0.7, unit: fixed('cm', 2), kind: 'sum' }],
  ['weather_code', { value: (w) => wmoCodeOf(w), unit: fixed('wmo code', 0), kind: 'step' }],
  ['cloud_cover', { value: (w) => w.cloudCoverPct, unit: fixed('%', 0), kind: 'mean' }],
  ['pressure_msl', { value: (w) => w.pressureHpa, unit: fixed('hPa', 1), kind: 'mean' }],
  ['surface_pressure', { value: (w) => w.pressureHpa, unit: fixed('hPa', 1), kind: 'mean' }],
  ['visibility', { value: (w) => w.visibilityM, unit: fixed('m', 2), kind: 'mean', optional: true }],
  ['wind_speed_10m', { value: (w) => w.windSpeedMps, unit: speed, kind: 'mean' }],
  ['wind_direction_10m', { value: (w) => w.windFromDirectionDeg, unit: fixed('°', 0), kind: 'angle' }],
  ['wind_gusts_10m', { value: (w) => w.windGustMps, unit: speed, kind: 'mean', optional: true }],
  ['uv_index', { value: (w) => w.uvIndex, unit: fixed('', 2), kind: 'mean', optional: true }],
]);

/** The daily variables; sunrise and sunset are times. */
export const DAILY = new Map<string, { readonly unit: string; readonly decimals: number }>([
  ['sunrise', { unit: 'time', decimals: 0 }],
  ['sunset', { unit: 'time', decimals: 0 }],
  ['temperature_2m_max', { unit: '°C', decimals: 1 }],
  ['temperature_2m_min', { unit: '°C', decimals: 1 }],
  ['precipitation_sum', { unit: 'mm', decimals: 2 }],
  ['uv_index_max', { unit: '', decimals: 2 }],
]);

/** Surface pressure from that at sea level, hPa. */
export const surfacePressureHpa = (mslHpa: number, elevationM: number): number =>
  mslHpa * Math.exp(-elevationM / SCALE_HEIGHT_M);

/** The WMO code that Open-Meteo would give. It has none for dust: such a sky has the code of its clouds. */
export function wmoCodeOf(weather: SimulatedWeather): number {
  const id = weather.conditionId;
  const grade = id % 10;
  if (id < 300) return 95;
  if (id >= 500 && id < 600) return [61, 63, 65][grade] ?? 61;
  if (id >= 600 && id < 700) return [71, 73, 75][grade] ?? 71;
  if (id === 741) return 45;
  if (weather.cloudCoverPct < 12) return 0;
  if (weather.cloudCoverPct < 35) return 1;
  return weather.cloudCoverPct < 70 ? 2 : 3;
}

/** A value between two full hours as Open-Meteo interpolates hourly models; `share` in [0, 1) of the way. */
export function between(variable: Variable, before: number, after: number, share: number, stepMs: number): number {
  if (variable.kind === 'sum') return (share === 0 ? before : after) * (stepMs / HOUR_MS);
  if (variable.kind === 'step') return share < 0.5 ? before : after;
  if (variable.kind === 'angle') {
    const turn = ((after - before + 540) % 360) - 180;
    return (before + turn * share + 360) % 360;
  }
  return before + (after - before) * share;
}

export type { Variable };
