import type { Scrubber } from '../../core/scrub.ts';
import { floorTo, HOUR_MS, type Instant } from '../../core/time.ts';
import { conditionOfWmoCode } from '../../weather/condition.ts';
import type { Condition } from '../../weather/observation.ts';
import { noValues, type Quantity, type QuantityValues } from '../../weather/quantity.ts';
import { membersOf, parseBody, UndecodableError } from '../undecodable.ts';
import { DIRECT, FALLING, FORECAST_VARIABLES, QUARTER_MS, WEATHER_CODE } from './request.ts';
import { type Series, ShapeError, seriesOf } from './series.ts';

/** Snow is given as depth in cm, at 0.7 cm for each mm of water; ours is the water. */
const SNOW_CM_PER_MM = 0.7;

/** The weather of one place at one instant. */
export interface DecodedMoment {
  readonly validAt: Instant;
  readonly values: QuantityValues;
  readonly condition: Condition | null;
  /** The model it is from; `null` when the body does not say which of several it is. */
  readonly model: string | null;
}

/** The forecast of one place. */
export interface DecodedForecast {
  readonly model: string | null;
  readonly validAt: readonly Instant[];
  readonly values: Readonly<Partial<Record<Quantity, readonly (number | null)[]>>>;
}

/**
 * The elements of an answer, one per place in the order of the question: an object for one place, an array for several.
 * Places are told apart by their index, never by the coordinates, which are those of the model's grid cell.
 *
 * @throws UndecodableError when it is not JSON or has another number of elements
 */
export function decodeElements(body: Uint8Array, places: number, scrubber: Scrubber): readonly unknown[] {
  const answer = parseBody(body, scrubber);
  const elements = Array.isArray(answer) ? answer : [answer];
  if (elements.length !== places)
    throw new UndecodableError(`It answers ${elements.length} places, and ${places} were asked for.`, body, scrubber);
  return elements;
}

/**
 * Runs a reader over one element; an element that is not as the provider writes it becomes an error of its own, with its
 * part of the body.
 *
 * @throws UndecodableError
 */
export function decodeElement<T>(
  element: unknown,
  scrubber: Scrubber,
  read: (members: Readonly<Record<string, unknown>>) => T,
): T {
  const members = membersOf(element);
  try {
    if (!members) throw new ShapeError('The answer for a place is not an object.');
    return read(members);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new UndecodableError(error.message, Buffer.from(JSON.stringify(element) ?? ''), scrubber);
  }
}

/** How the sums of rain and snow in a section make those of an hour. */
type Step = 'quarter' | 'hour';

/**
 * Every instant of a section at which a model gives a temperature, ascending as in the body. With several models the
 * first one in `models` that has a temperature at the instant is taken whole, so that no reading mixes two models.
 *
 * Rain and snow of an hour: the hour's own sum, or the sum of the four quarters that end at the instant; `null` when one
 * of them is absent.
 *
 * @throws ShapeError
 */
export function momentsOf(
  members: Readonly<Record<string, unknown>>,
  step: Step,
  models: readonly string[],
): readonly DecodedMoment[] {
  const series = seriesOf(members, step === 'quarter' ? 'minutely_15' : 'hourly');
  const readers = namedModels(series, models).map((model) => readerOf(series, step, model, models));
  return series.times.flatMap((validAt, index) => {
    const reader = readers.find((one) => one.hasTemperature(index));
    return reader ? [reader.at(validAt, index)] : [];
  });
}

/**
 * The answer to a slot: the moment of its quarter of an hour. `null` when the quarter has no temperature yet. When the
 * answer is about other times altogether, as a cache in between may give, the newest moment before the slot.
 *
 * @throws ShapeError
 */
export function momentOfSlot(
  members: Readonly<Record<string, unknown>>,
  models: readonly string[],
  slotAt: Instant,
): DecodedMoment | null {
  const quarterAt = floorTo(slotAt, QUARTER_MS);
  const moments = momentsOf(members, 'quarter', models);
  if (seriesOf(members, 'minutely_15').times.includes(quarterAt))
    return moments.find((moment) => moment.validAt === quarterAt) ?? null;
  const earlier = moments.filter((moment) => moment.validAt < quarterAt);
  return earlier.reduce<DecodedMoment | null>((best, one) => (best && best.validAt >= one.validAt ? best : one), null);
}

/** The suffixes that columns carry: the models' names, or none when one model answered alone. */
function namedModels(series: Series, models: readonly string[]): readonly (string | null)[] {
  const named = models.filter((model) => series.has('temperature_2m', model));
  return named.length > 0 ? named : [null];
}

const modelNamed = (suffix: string | null, models: readonly string[]): string | null =>
  suffix ?? (models.length === 1 ? (models[0] ?? null) : null);

function readerOf(series: Series, step: Step, suffix: string | null, models: readonly string[]) {
  const direct = DIRECT.map(({ name, quantity, unit }) => ({ quantity, column: series.column(name, suffix, unit) }));
  const rain = series.column('rain', suffix, FALLING.rain);
  const showers = series.column('showers', suffix, FALLING.showers);
  const snowfall = series.column('snowfall', suffix, FALLING.snowfall);
  const codes = series.column(WEATHER_CODE, suffix, 'wmo code');
  const temperature = direct.find(({ quantity }) => quantity === 'temperatureC')?.column;
  const hourSum = (column: readonly (number | null)[] | null, index: number) =>
    step === 'hour' ? (column?.[index] ?? null) : quartersSum(series.times, column, index);
  return {
    hasTemperature: (index: number) => (temperature?.[index] ?? null) !== null,
    at(validAt: Instant, index: number): DecodedMoment {
      const values = noValues();
      for (const { quantity, column } of direct) values[quantity] = column?.[index] ?? null;
      values.rain1hMm = wetSum(hourSum(rain, index), hourSum(showers, index));
      const snowCm = hourSum(snowfall, index);
      values.snow1hMm = snowCm === null ? null : rounded(snowCm / SNOW_CM_PER_MM);
      const code = codes?.[index] ?? null;
      const id = code === null ? null : conditionOfWmoCode(code);
      const condition = id === null ? null : { id, description: null, icon: null };
      return { validAt, values, condition, model: modelNamed(suffix, models) };
    },
  };
}

/** The sum of the quarters that end at 45, 30, 15 and 0 minutes before `index`'s time. */
function quartersSum(
  times: readonly Instant[],
  column: readonly (number | null)[] | null,
  index: number,
): number | null {
  if (!column) return null;
  let sum = 0;
  for (let back = 3; back >= 0; back--) {
    const value = column[index - back];
    if (value === null || value === undefined) return null;
    if (times[index - back] !== (times[index] ?? Number.NaN) - back * QUARTER_MS) return null;
    sum += value;
  }
  return rounded(sum);
}

/** Models without convective showers of their own count them as rain, and give no showers. */
const wetSum = (rain: number | null, showers: number | null): number | null =>
  rain === null ? null : rounded(rain + (showers ?? 0));

/** The provider gives two decimals; sums of them are not to carry binary dust. A sum beyond all numbers is none. */
function rounded(value: number): number | null {
  const sum = Math.round(value * 1000) / 1000;
  return Number.isFinite(sum) ? sum : null;
}

/**
 * The provider's forecast of one place; `null` when the body has none. Taken from the first model that gives a
 * temperature at all.
 *
 * @throws ShapeError
 */
export function forecastOf(
  members: Readonly<Record<string, unknown>>,
  models: readonly string[],
): DecodedForecast | null {
  if (!Object.hasOwn(members, 'hourly')) return null;
  const series = seriesOf(members, 'hourly');
  if (series.times.some((at, index) => at % HOUR_MS !== 0 || at <= (series.times[index - 1] ?? 0)))
    throw new ShapeError('"hourly.time" is not a list of ascending hours.');
  for (const suffix of namedModels(series, models)) {
    const values = forecastValues(series, suffix);
    if (values.temperatureC?.some((value) => value !== null))
      return { model: modelNamed(suffix, models), validAt: series.times, values };
  }
  return null;
}

function forecastValues(series: Series, suffix: string | null): DecodedForecast['values'] {
  const values: Partial<Record<Quantity, readonly (number | null)[]>> = {};
  for (const { name, quantity, unit } of DIRECT) {
    if (!(FORECAST_VARIABLES as readonly string[]).includes(name)) continue;
    const column = series.column(name, suffix, unit);
    if (column) values[quantity] = column;
  }
  const rain = series.column('rain', suffix, FALLING.rain);
  const showers = series.column('showers', suffix, FALLING.showers);
  if (rain) values.rain1hMm = rain.map((value, index) => wetSum(value, showers?.[index] ?? null));
  return values;
}
