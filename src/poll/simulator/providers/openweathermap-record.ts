import { HOUR_MS, type Instant } from '../../../core/time.ts';
import { conditionDescription, conditionIcon, conditionMain } from '../../../weather/condition.ts';
import type { SimulatedWeather, WeatherSite } from '../weather.ts';
import { sunTimes } from './sun-times.ts';

export type OwmUnits = 'standard' | 'metric' | 'imperial';

/** Faults that change a record, as they are for one place of one call. */
export interface RecordFaults {
  readonly missingOptional: boolean;
  readonly twoEntries: boolean;
  readonly rain3h: boolean;
  readonly polarDay: boolean;
}

export interface OwmMoment {
  readonly site: WeatherSite;
  readonly at: Instant;
  readonly weather: SimulatedWeather;
  readonly units: OwmUnits;
  readonly faults: RecordFaults;
}

type Json = Record<string, unknown>;

const round = (value: number, decimals: number): number => {
  const scale = 10 ** decimals;
  // Adding 0 turns -0 into 0.
  return Math.round(value * scale) / scale + 0;
};

export const seconds = (at: Instant): number => Math.floor(at / 1000);

export function temperatureIn(celsius: number, units: OwmUnits): number {
  if (units === 'metric') return round(celsius, 2);
  return units === 'standard' ? round(celsius + 273.15, 2) : round(celsius * 1.8 + 32, 2);
}

export const speedIn = (metresPerSecond: number, units: OwmUnits): number =>
  round(units === 'imperial' ? metresPerSecond * 2.236936 : metresPerSecond, 2);

/** `weather`: the primary condition first; with the fault, the haze that goes with it second. */
export function weatherEntries({ site, at, weather, faults }: OwmMoment): readonly Json[] {
  const entry = (id: number) => ({
    id,
    main: conditionMain(id),
    description: conditionDescription(id, 'en'),
    icon: conditionIcon(id, site, at),
  });
  const second = weather.conditionId === 721 ? 701 : 721;
  return faults.twoEntries ? [entry(weather.conditionId), entry(second)] : [entry(weather.conditionId)];
}

/** `rain` and `snow`: only while it falls. */
export function falling({ weather, faults }: OwmMoment): Json {
  const amount = (mm: number) => (faults.rain3h ? { '3h': round(mm * 3, 2) } : { '1h': round(mm, 2) });
  return {
    ...(weather.rain1hMm >= 0.01 || faults.rain3h ? { rain: amount(Math.max(weather.rain1hMm, 0)) } : {}),
    ...(weather.snow1hMm >= 0.01 ? { snow: amount(weather.snow1hMm) } : {}),
  };
}

/** `sunrise` and `sunset`, absent in polar day and night. */
export function sunFields({ site, at, faults }: OwmMoment): Json {
  const { sunriseAt, sunsetAt } = sunTimes(site.latitude, site.longitude, at);
  if (faults.polarDay || sunriseAt === null || sunsetAt === null) return {};
  return { sunrise: seconds(sunriseAt), sunset: seconds(sunsetAt) };
}

const visibilityOf = (weather: SimulatedWeather) => Math.round(Math.min(10_000, weather.visibilityM));

/** A record of products 3.0 and 4.0, keys in the documented order. `full` has sun times; `pop` is of forecasts. */
export function oneCallRecord(moment: OwmMoment, part: { sun: boolean; uv: boolean; pop: boolean }): Json {
  const { at, weather, units, faults } = moment;
  return {
    dt: seconds(at),
    ...(part.sun ? sunFields(moment) : {}),
    temp: temperatureIn(weather.temperatureC, units),
    feels_like: temperatureIn(weather.feelsLikeC, units),
    pressure: Math.round(weather.pressureHpa),
    humidity: Math.round(weather.humidityPct),
    dew_point: temperatureIn(weather.dewPointC, units),
    ...(part.uv && !faults.missingOptional ? { uvi: round(weather.uvIndex, 2) } : {}),
    clouds: Math.round(weather.cloudCoverPct),
    ...(faults.missingOptional ? {} : { visibility: visibilityOf(weather) }),
    wind_speed: speedIn(weather.windSpeedMps, units),
    wind_deg: Math.round(weather.windFromDirectionDeg) % 360,
    ...(faults.missingOptional ? {} : { wind_gust: speedIn(weather.windGustMps, units) }),
    weather: weatherEntries(moment),
    ...(part.pop ? { pop: round(Math.min(1, weather.cloudCoverPct / 150), 2) } : {}),
    ...(faults.missingOptional ? {} : falling(moment)),
  };
}

export interface CityFacts {
  readonly id: number;
  readonly name: string;
  readonly country: string;
  readonly zoneOffsetSeconds: number;
  readonly cod: number | string;
  readonly latitude: number;
  readonly longitude: number;
}

/** The body of 2.5 `/weather`, keys in the documented order. */
export function currentWeather(moment: OwmMoment, city: CityFacts): Json {
  const { at, weather, units, faults, site } = moment;
  const temp = temperatureIn(weather.temperatureC, units);
  const groundHpa = weather.pressureHpa * Math.exp(-(site.elevationM ?? 0) / 8434);
  return {
    coord: { lon: city.longitude, lat: city.latitude },
    weather: weatherEntries(moment),
    base: 'stations',
    main: {
      temp,
      feels_like: temperatureIn(weather.feelsLikeC, units),
      temp_min: temp,
      temp_max: temp,
      pressure: Math.round(weather.pressureHpa),
      humidity: Math.round(weather.humidityPct),
      ...(faults.missingOptional
        ? {}
        : { sea_level: Math.round(weather.pressureHpa), grnd_level: Math.round(groundHpa) }),
    },
    ...(faults.missingOptional ? {} : { visibility: visibilityOf(weather) }),
    wind: {
      speed: speedIn(weather.windSpeedMps, units),
      deg: Math.round(weather.windFromDirectionDeg) % 360,
      ...(faults.missingOptional ? {} : { gust: speedIn(weather.windGustMps, units) }),
    },
    ...(faults.missingOptional ? {} : falling(moment)),
    clouds: { all: Math.round(weather.cloudCoverPct) },
    dt: seconds(at),
    sys: {
      ...(faults.missingOptional ? {} : { type: 1, id: (city.id % 9000) + 1000 }),
      country: city.country,
      ...sunFields(moment),
    },
    timezone: city.zoneOffsetSeconds,
    id: city.id,
    name: city.name,
    cod: city.cod,
  };
}

/** One entry of 2.5 `/forecast`: three hours. */
export function threeHourEntry(moment: OwmMoment): Json {
  const { at, weather, units } = moment;
  const temp = temperatureIn(weather.temperatureC, units);
  const rain = weather.rain1hMm * 3;
  return {
    dt: seconds(at),
    main: {
      temp,
      feels_like: temperatureIn(weather.feelsLikeC, units),
      temp_min: temp,
      temp_max: temp,
      pressure: Math.round(weather.pressureHpa),
      sea_level: Math.round(weather.pressureHpa),
      grnd_level: Math.round(weather.pressureHpa),
      humidity: Math.round(weather.humidityPct),
      temp_kf: 0,
    },
    weather: weatherEntries(moment),
    clouds: { all: Math.round(weather.cloudCoverPct) },
    wind: {
      speed: speedIn(weather.windSpeedMps, units),
      deg: Math.round(weather.windFromDirectionDeg) % 360,
      gust: speedIn(weather.windGustMps, units),
    },
    visibility: visibilityOf(weather),
    pop: round(Math.min(1, weather.cloudCoverPct / 150), 2),
    ...(rain >= 0.01 ? { rain: { '3h': round(rain, 2) } } : {}),
    sys: { pod: weather.sunElevationDeg > -0.833 ? 'd' : 'n' },
    dt_txt: new Date(at).toISOString().slice(0, 19).replace('T', ' '),
  };
}

/** One entry of 3.0 `daily` and 4.0 `timeline/1day`, from the day's 24 hours. */
export function dailyRecord(noon: OwmMoment, hours: readonly SimulatedWeather[], startAt: Instant): Json {
  const { weather, units } = noon;
  const celsius = (hour: number) => hours[hour]?.temperatureC ?? weather.temperatureC;
  const feels = (hour: number) => hours[hour]?.feelsLikeC ?? weather.feelsLikeC;
  const all = hours.map((hour) => hour.temperatureC);
  const rain = hours.reduce((sum, hour) => sum + hour.rain1hMm, 0);
  const sun = sunFields(noon) as { sunrise?: number; sunset?: number };
  const inUnits = (value: number) => temperatureIn(value, units);
  return {
    dt: seconds(startAt + 12 * HOUR_MS),
    ...sun,
    moonrise: seconds(startAt + 9 * HOUR_MS),
    moonset: seconds(startAt + 21 * HOUR_MS),
    moon_phase: round(((((startAt / 86_400_000 - 10_962.76) / 29.530589) % 1) + 1) % 1, 2),
    summary: `Expect a day of ${conditionDescription(weather.conditionId, 'en')}`,
    temp: {
      day: inUnits(celsius(12)),
      min: inUnits(Math.min(...all)),
      max: inUnits(Math.max(...all)),
      night: inUnits(celsius(0)),
      eve: inUnits(celsius(18)),
      morn: inUnits(celsius(6)),
    },
    feels_like: {
      day: inUnits(feels(12)),
      night: inUnits(feels(0)),
      eve: inUnits(feels(18)),
      morn: inUnits(feels(6)),
    },
    pressure: Math.round(weather.pressureHpa),
    humidity: Math.round(weather.humidityPct),
    dew_point: inUnits(weather.dewPointC),
    wind_speed: speedIn(weather.windSpeedMps, units),
    wind_deg: Math.round(weather.windFromDirectionDeg) % 360,
    wind_gust: speedIn(weather.windGustMps, units),
    weather: weatherEntries(noon),
    clouds: Math.round(weather.cloudCoverPct),
    pop: round(Math.min(1, weather.cloudCoverPct / 150), 2),
    ...(rain >= 0.01 ? { rain: round(rain, 2) } : {}),
    uvi: round(weather.uvIndex, 2),
  };
}
