import type { Instant } from '../../core/time.ts';
import { QUANTITY_NAMES, type Quantity } from '../../weather/quantity.ts';
import { membersOf } from '../undecodable.ts';
import { type DecodedRecord, readRecord, readWeather } from './record.ts';

/** What an answer of any product holds for its one place. */
export interface DecodedAnswer {
  /** The records that are not forecasts, in the order of the body; empty when the provider has no data. */
  readonly records: readonly DecodedRecord[];
  /** The records of the hours ahead, ascending. */
  readonly ahead: readonly DecodedRecord[];
}

/**
 * Reads the parsed body of a good answer, told apart by its shape: 2.5 `weather`, 3.0 `onecall`, or the list of records
 * of all others. In a list of several, records from `forecastFrom` on are forecasts; a single one is the answer itself.
 *
 * @returns what it holds, or a sentence that says why it is no such answer
 */
export function decodeAnswer(parsed: unknown, forecastFrom: Instant): DecodedAnswer | string {
  const body = membersOf(parsed);
  if (!body) return 'It is not an object.';
  if (body.main !== undefined) {
    const record = readWeather(body);
    return record ? { records: [record], ahead: [] } : 'It has no time of calculation ("dt").';
  }
  if (body.current !== undefined || body.hourly !== undefined) return decodeOneCall(body, forecastFrom);
  if (!Array.isArray(body.data)) return 'It is neither the present weather nor a list of records.';
  const records = recordsOf(body.data);
  if (records === null) return 'A record in "data" has no time ("dt").';
  if (records.length <= 1) return { records, ahead: [] };
  return {
    records: records.filter((record) => record.validAt < forecastFrom),
    ahead: ascending(records.filter((record) => record.validAt >= forecastFrom)),
  };
}

function decodeOneCall(body: Readonly<Record<string, unknown>>, forecastFrom: Instant): DecodedAnswer | string {
  const current = body.current === undefined ? [] : recordsOf([body.current]);
  const hourly = body.hourly === undefined ? [] : Array.isArray(body.hourly) ? recordsOf(body.hourly) : null;
  if (current === null) return '"current" has no time ("dt").';
  if (hourly === null) return 'A record in "hourly" has no time ("dt").';
  return { records: current, ahead: ascending(hourly.filter((record) => record.validAt >= forecastFrom)) };
}

/** `null` when one of them is not a record: then none is trusted. */
function recordsOf(values: readonly unknown[]): readonly DecodedRecord[] | null {
  const records = values.map(readRecord);
  return records.every((record) => record !== null) ? records : null;
}

/** In the order of time, one record for each. */
const ascending = (records: readonly DecodedRecord[]): readonly DecodedRecord[] =>
  records
    .toSorted((one, other) => one.validAt - other.validAt)
    .filter((record, index, all) => index === 0 || record.validAt !== all[index - 1]?.validAt);

/** Forecast records as one array per quantity; a quantity that no record has is left out. `null` without temperatures. */
export function forecastColumns(records: readonly DecodedRecord[]): {
  readonly validAt: readonly Instant[];
  readonly values: Readonly<Partial<Record<Quantity, readonly (number | null)[]>>>;
} | null {
  if (!records.some((record) => record.values.temperatureC !== null)) return null;
  const values: Partial<Record<Quantity, readonly (number | null)[]>> = {};
  for (const quantity of QUANTITY_NAMES) {
    if (!FORECAST_QUANTITIES.has(quantity)) continue;
    const column = records.map((record) => record.values[quantity]);
    if (column.some((value) => value !== null)) values[quantity] = column;
  }
  return { validAt: records.map((record) => record.validAt), values };
}

/** What is kept of a provider's forecast: what a forecaster could learn from. */
const FORECAST_QUANTITIES: ReadonlySet<Quantity> = new Set<Quantity>([
  'temperatureC',
  'dewPointC',
  'pressureHpa',
  'cloudCoverPct',
  'windSpeedMps',
  'rain1hMm',
]);
