import { EARLIEST_VALID_AT, fromRfc3339, type Instant } from '../../core/time.ts';
import { noValues, QUANTITY_NAMES, type QuantityValues } from '../../weather/quantity.ts';
import type { RecordedReading } from './recording.ts';

/** Splits one CSV line (RFC 4180, without line breaks inside cells). `null` when a quote is not closed. */
export function csvCells(line: string): readonly string[] | null {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    let cell = '';
    if (line[at] === '"') {
      for (at += 1; ; ) {
        const quote = line.indexOf('"', at);
        if (quote < 0) return null;
        cell += line.slice(at, quote);
        at = quote + 1;
        if (line[at] !== '"') break;
        cell += '"';
        at += 1;
      }
      const comma = line.indexOf(',', at);
      at = comma < 0 ? line.length : comma;
    } else {
      const comma = line.indexOf(',', at);
      const end = comma < 0 ? line.length : comma;
      cell = line.slice(at, end);
      at = end;
    }
    cells.push(cell);
    if (at >= line.length) return cells;
    at += 1;
  }
}

/** What a row may hold: cells of a CSV line or members of an NDJSON object, by name. */
export type RecordedRow = (name: string) => unknown;

/** A row that was read, with where its place lies when the row says so. */
export interface DecodedRow {
  readonly reading: RecordedReading;
  readonly placeName: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** Reads one row. A text is the reason why it cannot be used. */
export function decodeRow(row: RecordedRow): DecodedRow | string {
  const placeId = text(row('placeId'));
  if (placeId === null || placeId.length > 64) return 'placeId is absent or not a text of at most 64 characters';
  const validAt = instant(row('validAt'));
  if (validAt === null) return 'validAt is absent or not an RFC 3339 time';
  if (validAt < EARLIEST_VALID_AT) return 'validAt is before 1979';
  const values = quantities(row);
  if (values === null) return 'a quantity is not a number';
  if (values.temperatureC === null) return 'temperatureC is absent';
  const conditionId = number(row('conditionId'));
  return {
    reading: {
      placeId,
      validAt,
      kind: row('kind') === 'analysis' ? 'analysis' : 'observation',
      issuedAt: instant(row('issuedAt')),
      values,
      condition:
        typeof conditionId === 'number' && Number.isInteger(conditionId)
          ? { id: conditionId, description: text(row('condition')), icon: null }
          : null,
      sunriseAt: instant(row('sunriseAt')),
      sunsetAt: instant(row('sunsetAt')),
    },
    placeName: text(row('placeName')),
    latitude: degrees(row('latitude') ?? row('lat'), 90),
    longitude: degrees(row('longitude') ?? row('lon'), 180),
  };
}

function quantities(row: RecordedRow): QuantityValues | null {
  const values = noValues();
  for (const name of QUANTITY_NAMES) {
    const value = number(row(name));
    if (value === undefined) return null;
    values[name] = value;
  }
  return values;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The number, `null` when there is none, `undefined` when something else stands there. */
function number(value: unknown): number | null | undefined {
  if (value === null || value === undefined || value === '') return null;
  const parsed = typeof value === 'string' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined;
}

function degrees(value: unknown, limit: number): number | null {
  const parsed = number(value);
  return typeof parsed === 'number' && Math.abs(parsed) <= limit ? parsed : null;
}

function instant(value: unknown): Instant | null {
  if (typeof value === 'string') return fromRfc3339(value);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}
