import { fromRfc3339, type Instant } from '../core/time.ts';
import { noValues, QUANTITY_NAMES, type QuantityValues } from '../weather/quantity.ts';

/** What a row of a history file says. */
export interface HistoryReading {
  readonly validAt: Instant;
  readonly values: QuantityValues;
}

/** Names under which a history file may give its time and temperature, beside our own. */
const TIME_COLUMNS = ['time_utc', 'validAt', 'time', 'ds', 'timestamp'];
const TEMPERATURE_COLUMNS = ['temp_c', 'temperatureC', 'y', 'temp'];

/** The reading of a row, or one sentence of what is wrong with it. Empty cells are absent values. */
export function historyReading(row: Readonly<Record<string, unknown>> | null): HistoryReading | string {
  if (row === null) return 'This is not a row.';
  const timeColumn = TIME_COLUMNS.find((name) => row[name] !== undefined);
  if (timeColumn === undefined) return `There is no time: one of ${TIME_COLUMNS.join(', ')} is needed.`;
  const validAt = instantOf(row[timeColumn]);
  if (validAt === null) return `${timeColumn} "${String(row[timeColumn]).slice(0, 40)}" is not a time in UTC.`;
  const values = noValues();
  const temperatureColumn = TEMPERATURE_COLUMNS.find((name) => row[name] !== undefined);
  if (temperatureColumn !== undefined) values.temperatureC = numberOf(row[temperatureColumn]);
  for (const name of QUANTITY_NAMES)
    if (row[name] !== undefined && name !== 'temperatureC') values[name] = numberOf(row[name]);
  if (values.temperatureC === null) return 'There is no usable temperature.';
  return { validAt, values };
}

/** RFC 3339, or `YYYY-MM-DD HH:MM[:SS]` without a zone, which is UTC in every history file. */
export function instantOf(cell: unknown): Instant | null {
  if (typeof cell === 'number') return Number.isInteger(cell) ? cell : null;
  if (typeof cell !== 'string') return null;
  const text = cell.trim();
  const zoned = fromRfc3339(text);
  if (zoned !== null) return zoned;
  return /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? fromRfc3339(`${text.replace(' ', 'T')}Z`) : null;
}

function numberOf(cell: unknown): number | null {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : null;
  if (typeof cell !== 'string' || cell.trim() === '') return null;
  const value = Number(cell);
  return Number.isFinite(value) ? value : null;
}
