import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { HarmattanError } from '../core/errors.ts';
import { HOUR_MS, type Instant } from '../core/time.ts';
import { QUANTITIES } from '../weather/quantity.ts';
import type { Site } from './forecaster.ts';
import { utcInstant } from './utc-instant.ts';

/** A measured station: where it lies and what it read, oldest first. */
export interface Station extends Site {
  /** The file's name without its ending. */
  readonly name: string;
  readonly validAt: Float64Array;
  readonly temperatureC: Float64Array;
}

/** A row of `stations.csv`. */
export interface StationEntry extends Site {
  readonly name: string;
}

/**
 * The stations that `stations.csv` of a folder lists (`file,lat,lon,…`).
 *
 * @throws HarmattanError HMT_CLI_FILE
 */
export function listStations(folder: string, only: readonly string[] = []): readonly StationEntry[] {
  const path = join(folder, 'stations.csv');
  if (!existsSync(path)) throw new HarmattanError('HMT_CLI_FILE', { detail: `${path} does not exist.` });
  const [head = '', ...rows] = readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .trim()
    .split(/\r?\n/);
  const columns = head.split(',').map((name) => name.trim());
  const [file, lat, lon] = ['file', 'lat', 'lon'].map((name) => columns.indexOf(name));
  const entries = rows.map((line) => {
    const cells = line.split(',').map((cell) => cell.trim());
    const [name = '', latitude = '', longitude = ''] = [file, lat, lon].map((column) => cells[column ?? -1] ?? '');
    const isPlaced = [latitude, longitude].every((cell) => cell !== '' && Number.isFinite(Number(cell)));
    if (name === '' || !isPlaced)
      throw new HarmattanError('HMT_CLI_FILE', { detail: `${path}: "${line}" has no file, lat and lon.` });
    return { name, latitude: Number(latitude), longitude: Number(longitude), elevationM: null };
  });
  const missing = only.find((name) => !entries.some((entry) => entry.name === name));
  if (missing !== undefined)
    throw new HarmattanError('HMT_CLI_FILE', { detail: `${path} does not list "${missing}".` });
  return only.length === 0 ? entries : entries.filter(({ name }) => only.includes(name));
}

/**
 * Reads a station's `<name>.csv` or `<name>.csv.gz` (`time_utc,temp_c`); rows without a usable value are left out.
 *
 * @throws HarmattanError HMT_CLI_FILE
 */
export async function readStation(folder: string, entry: StationEntry): Promise<Station> {
  const path = [`${entry.name}.csv`, `${entry.name}.csv.gz`].map((file) => join(folder, file)).find(existsSync);
  if (!path)
    throw new HarmattanError('HMT_CLI_FILE', {
      detail: `${entry.name}.csv or ${entry.name}.csv.gz is not in ${folder}.`,
    });
  const rows: [Instant, number][] = [];
  const raw = createReadStream(path);
  const input = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => input.destroy(error));
  try {
    for await (const line of createInterface({ input })) {
      const reading = readingOf(line);
      if (reading) rows.push(reading);
    }
  } catch (cause) {
    throw new HarmattanError('HMT_CLI_FILE', { detail: `${path}: ${(cause as Error).message}.`, cause });
  }
  rows.sort((a, b) => a[0] - b[0]);
  return {
    ...entry,
    validAt: Float64Array.from(rows, ([at]) => at),
    temperatureC: Float64Array.from(rows, ([, value]) => value),
  };
}

/**
 * `2013-01-01T00:00:00Z,4.4[,…]`, the time with or without a zone (UTC). `null` for a header, for a row without a usable
 * time or value, and for a value that no thermometer on earth has shown, as the live checks would take it out.
 */
export function readingOf(line: string): [Instant, number] | null {
  const [time = '', cell = ''] = line.split(',', 2);
  const at = utcInstant(time);
  const value = cell.trim() === '' ? Number.NaN : Number(cell);
  const { min, max } = QUANTITIES.temperatureC;
  return at !== null && value >= min && value <= max ? [at, value] : null;
}

/** Index of the first reading at or after `at`. */
export function firstAtOrAfter({ validAt }: Station, at: Instant): number {
  let low = 0;
  let high = validAt.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((validAt[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The reading nearest to `at` within half an hour, the earlier of two equally near, none after `notAfter`; `null` when
 * there is none.
 */
export function observedAt(station: Station, at: Instant, notAfter: Instant = Number.POSITIVE_INFINITY): number | null {
  const { validAt, temperatureC } = station;
  const lastAt = Math.min(at + HOUR_MS / 2, notAfter);
  let best: number | null = null;
  let distance = Number.POSITIVE_INFINITY;
  for (let index = firstAtOrAfter(station, at - HOUR_MS / 2); (validAt[index] ?? Number.NaN) <= lastAt; index++) {
    const away = Math.abs((validAt[index] ?? 0) - at);
    if (away < distance) [best, distance] = [temperatureC[index] ?? null, away];
  }
  return best;
}
