import { EARLIEST_VALID_AT, type Instant } from '../../core/time.ts';
import { membersOf, numberIn } from '../undecodable.ts';

/** What makes an element of an answer unusable, in one sentence. */
export class ShapeError extends Error {}

/** One section (`minutely_15`, `hourly`) of one place's answer. */
export interface Series {
  /** The time axis, in the order of the body. */
  readonly times: readonly Instant[];
  /** The column of a variable as one of the models gives it; `null` when the answer does not have it. */
  column(variable: string, model: string | null, unit: string): readonly (number | null)[] | null;
  /** Whether columns carry a model's name, as they do when several models answered. */
  has(variable: string, model: string | null): boolean;
}

/** 3000-01-01: milliseconds given as seconds would lie far beyond. */
const LATEST_SECONDS = 32_503_680_000;

/**
 * Reads one section of a place's element. A value that is not a finite number is `null`.
 *
 * @throws ShapeError when the section or its time axis is not as the provider writes it
 */
export function seriesOf(element: Readonly<Record<string, unknown>>, section: string): Series {
  const columns = membersOf(element[section]);
  if (!columns) throw new ShapeError(`It has no "${section}".`);
  const units = membersOf(element[`${section}_units`]);
  const times = timesOf(columns.time, section);
  const key = (variable: string, model: string | null) => (model === null ? variable : `${variable}_${model}`);
  return {
    times,
    has: (variable, model) => Object.hasOwn(columns, key(variable, model)),
    column(variable, model, unit) {
      const name = key(variable, model);
      if (!Object.hasOwn(columns, name)) return null;
      const values = columns[name];
      if (!Array.isArray(values) || values.length !== times.length)
        throw new ShapeError(`"${section}.${variable}" does not run in parallel with its times.`);
      const given = units && Object.hasOwn(units, name) ? units[name] : undefined;
      // A variable that no model of the place has comes with the unit "undefined" and nulls only.
      if (
        typeof given === 'string' &&
        given !== unit &&
        given !== 'undefined' &&
        values.some((value) => value !== null)
      )
        throw new ShapeError(`"${section}.${variable}" is not in the unit that was asked for.`);
      return values.map(numberIn);
    },
  };
}

function timesOf(value: unknown, section: string): readonly Instant[] {
  if (!Array.isArray(value)) throw new ShapeError(`"${section}" has no times.`);
  return value.map((seconds) => {
    const valid = Number.isInteger(seconds) && seconds >= EARLIEST_VALID_AT / 1000 && seconds < LATEST_SECONDS;
    if (!valid) throw new ShapeError(`"${section}.time" is not in unix seconds.`);
    return seconds * 1000;
  });
}
