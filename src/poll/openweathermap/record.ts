import { EARLIEST_VALID_AT, type Instant } from '../../core/time.ts';
import type { Condition } from '../../weather/observation.ts';
import { noValues, type QuantityValues } from '../../weather/quantity.ts';
import { membersOf, numberIn } from '../undecodable.ts';

/** What one record says. Every quantity is optional: the provider leaves out what was not measured. */
export interface DecodedRecord {
  readonly validAt: Instant;
  readonly values: QuantityValues;
  readonly condition: Condition | null;
  readonly sunriseAt: Instant | null;
  readonly sunsetAt: Instant | null;
}

type Members = Readonly<Record<string, unknown>>;

/** 2100-01-01: milliseconds given as seconds would lie far beyond. */
const LATEST_AT = 4_102_444_800_000;

/** An instant given in unix seconds; `null` when it is absent, zero or no time that weather was recorded at. */
export function instantIn(value: unknown): Instant | null {
  const seconds = numberIn(value);
  if (seconds === null) return null;
  const at = Math.round(seconds * 1000);
  return at >= EARLIEST_VALID_AT && at < LATEST_AT ? at : null;
}

/** A record of 3.0 and 4.0; `null` when it has no time, and so says nothing about any. */
export function readRecord(value: unknown): DecodedRecord | null {
  const record = membersOf(value);
  const validAt = instantIn(record?.dt);
  if (!record || validAt === null) return null;
  const values = noValues();
  values.temperatureC = numberIn(record.temp);
  values.feelsLikeC = numberIn(record.feels_like);
  values.dewPointC = numberIn(record.dew_point);
  values.pressureHpa = numberIn(record.pressure);
  values.humidityPct = numberIn(record.humidity);
  values.cloudCoverPct = numberIn(record.clouds);
  values.visibilityM = numberIn(record.visibility);
  values.windSpeedMps = numberIn(record.wind_speed);
  values.windFromDirectionDeg = numberIn(record.wind_deg);
  values.windGustMps = numberIn(record.wind_gust);
  values.uvIndex = numberIn(record.uvi);
  values.rain1hMm = hourlyIn(record.rain);
  values.snow1hMm = hourlyIn(record.snow);
  return {
    validAt,
    values,
    condition: conditionIn(record.weather),
    sunriseAt: instantIn(record.sunrise),
    sunsetAt: instantIn(record.sunset),
  };
}

/** The body of 2.5 `/weather`; `null` when it has no time. It has neither dew point nor UV index. */
export function readWeather(body: Members): DecodedRecord | null {
  const validAt = instantIn(body.dt);
  if (validAt === null) return null;
  const [main, wind, sys] = [membersOf(body.main), membersOf(body.wind), membersOf(body.sys)];
  const values = noValues();
  values.temperatureC = numberIn(main?.temp);
  values.feelsLikeC = numberIn(main?.feels_like);
  values.pressureHpa = numberIn(main?.pressure);
  values.humidityPct = numberIn(main?.humidity);
  values.cloudCoverPct = numberIn(membersOf(body.clouds)?.all);
  values.visibilityM = numberIn(body.visibility);
  values.windSpeedMps = numberIn(wind?.speed);
  values.windFromDirectionDeg = numberIn(wind?.deg);
  values.windGustMps = numberIn(wind?.gust);
  values.rain1hMm = hourlyIn(body.rain);
  values.snow1hMm = hourlyIn(body.snow);
  return {
    validAt,
    values,
    condition: conditionIn(body.weather),
    sunriseAt: instantIn(sys?.sunrise),
    sunsetAt: instantIn(sys?.sunset),
  };
}

/** The hour's sum of `{"1h": 3.16}`. A sum over three hours is not the last hour's, and nothing makes it so. */
const hourlyIn = (value: unknown): number | null => numberIn(membersOf(value)?.['1h']);

/** The first entry is the primary condition; a later one only accompanies it. */
function conditionIn(value: unknown): Condition | null {
  const primary = membersOf(Array.isArray(value) ? value[0] : null);
  const id = numberIn(primary?.id);
  if (!primary || id === null || !Number.isInteger(id) || id < 200 || id > 899) return null;
  const { description, icon } = primary;
  return {
    id,
    description: typeof description === 'string' && description !== '' ? description.slice(0, 200) : null,
    icon: typeof icon === 'string' && /^\d\d[dn]$/.test(icon) ? icon : null,
  };
}
