import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { fromRfc3339, type Instant } from '../../core/time.ts';
import { slugOf } from '../../weather/place.ts';
import { noValues } from '../../weather/quantity.ts';
import { csvCells } from './decode.ts';
import { type RecordingCut, unreadable } from './file-recording.ts';
import {
  BadLineCount,
  firstAtOrAfter,
  type RecordedPlace,
  type RecordedReading,
  type Recording,
  UsualStep,
} from './recording.ts';

/** One station's readings of the span, in order of time: two columns, 16 bytes a reading. */
interface Station {
  readonly place: RecordedPlace;
  readonly validAt: Float64Array;
  readonly temperatureC: Float64Array;
}

/**
 * Opens a folder of stations: `stations.csv` (`file,lat,lon,…`) and one `<file>.csv` or `<file>.csv.gz`
 * (`time_utc,temp_c`) each. A station without a reading in the span is left out; a listed file may be absent as long as
 * one is there.
 *
 * @throws HarmattanError HMT_POLL_REPLAY_FILE naming the file and line
 */
export async function stationRecording(folder: string, cut: RecordingCut): Promise<Recording> {
  const badLines = new BadLineCount();
  const step = new UsualStep();
  const stations: Station[] = [];
  for (const place of await listedStations(folder)) {
    if (cut.only.length > 0 && !cut.only.includes(place.id)) continue;
    const station = await stationOf(folder, place, cut, badLines);
    if (station === null || station.validAt.length === 0) continue;
    stations.push(station);
    for (let row = 1; row < station.validAt.length; row++)
      step.add((station.validAt[row] ?? 0) - (station.validAt[row - 1] ?? 0));
  }
  if (stations.length === 0) {
    const first = badLines.first[0];
    throw unreadable(
      first
        ? `${first.file}, line ${first.line}: ${first.reason}.`
        : `No station of ${folder} has a reading in the chosen span.`,
    );
  }
  const everyMs = step.everyMs;
  const firstAt = Math.min(...stations.map(({ validAt }) => validAt[0] ?? Number.POSITIVE_INFINITY));
  const lastAt = Math.max(...stations.map(({ validAt }) => validAt.at(-1) ?? Number.NEGATIVE_INFINITY));
  return {
    places: stations.map(({ place }) => place).sort((one, other) => (one.id < other.id ? -1 : 1)),
    span: { from: cut.from ?? firstAt, to: cut.to ?? lastAt + everyMs },
    everyMs,
    readingCount: stations.reduce((sum, { validAt }) => sum + validAt.length, 0),
    badLines,
    async readings(from, to) {
      return stations
        .flatMap((station) => readingsOf(station, from, to))
        .sort((one, other) => one.validAt - other.validAt);
    },
  };
}

interface ListedStation extends RecordedPlace {
  readonly file: string;
}

async function listedStations(folder: string): Promise<readonly ListedStation[]> {
  const path = join(folder, 'stations.csv');
  const content = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(`${path}: ${cause.code ?? cause.message}.`, cause);
  });
  const [head = '', ...lines] = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  const header = csvCells(head) ?? [];
  const [file, lat, lon] = ['file', 'lat', 'lon'].map((name) => header.indexOf(name));
  if (file === undefined || lat === undefined || lon === undefined || Math.min(file, lat, lon) < 0)
    throw unreadable(`${path}, line 1: the columns file, lat and lon are needed.`);
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const cells = csvCells(line) ?? [];
    const name = cells[file] ?? '';
    const [latitude, longitude] = [Number(cells[lat]), Number(cells[lon])];
    if (slugOf(name) === '' || !(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180) || /[\\/]/.test(name))
      throw unreadable(`${path}, line ${index + 2}: not a station with file, lat and lon.`);
    return [{ id: slugOf(name), name, file: name, latitude, longitude }];
  });
}

async function stationOf(
  folder: string,
  { file, ...place }: ListedStation,
  cut: RecordingCut,
  badLines: BadLineCount,
): Promise<Station | null> {
  const path = [join(folder, `${file}.csv`), join(folder, `${file}.csv.gz`)].find((candidate) => existsSync(candidate));
  if (path === undefined) return null;
  const times: number[] = [];
  const temperatures: number[] = [];
  let columns: { readonly time: number; readonly temperature: number } | null = null;
  let line = 0;
  let ordered = true;
  for await (const text of linesOf(path)) {
    line += 1;
    if (text.trim() === '') continue;
    const cells = csvCells(text) ?? [];
    if (columns === null) {
      const header = cells.map((name) => name.replace(/^\uFEFF/, '').trim());
      columns = { time: header.indexOf('time_utc'), temperature: header.indexOf('temp_c') };
      if (columns.time < 0 || columns.temperature < 0)
        throw unreadable(`${path}, line 1: the columns time_utc and temp_c are needed.`);
      continue;
    }
    const validAt = fromRfc3339(cells[columns.time] ?? '');
    const cell = cells[columns.temperature]?.trim() ?? '';
    const temperatureC = cell === '' ? Number.NaN : Number(cell);
    if (validAt === null) badLines.add(path, line, 'time_utc is not an RFC 3339 time');
    else if (!Number.isFinite(temperatureC)) badLines.add(path, line, 'temp_c is not a number');
    else if ((cut.from === null || validAt >= cut.from) && (cut.to === null || validAt < cut.to)) {
      ordered &&= validAt > (times.at(-1) ?? Number.NEGATIVE_INFINITY);
      times.push(validAt);
      temperatures.push(temperatureC);
    }
  }
  const order = times.map((_, row) => row);
  if (!ordered) order.sort((one, other) => (times[one] ?? 0) - (times[other] ?? 0) || one - other);
  // The first of two readings with the same time stays.
  const kept = ordered ? order : order.filter((row, at) => at === 0 || times[row] !== times[order[at - 1] ?? -1]);
  return {
    place,
    validAt: Float64Array.from(kept, (row) => times[row] ?? Number.NaN),
    temperatureC: Float64Array.from(kept, (row) => temperatures[row] ?? Number.NaN),
  };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const raw = createReadStream(path);
  const input = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => input.destroy(error));
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (cause) {
    throw unreadable(`${path}: ${(cause as Error).message}.`, cause);
  }
}

function readingsOf(station: Station, from: Instant, to: Instant): readonly RecordedReading[] {
  const found: RecordedReading[] = [];
  for (let row = firstAtOrAfter(station.validAt, from); row < station.validAt.length; row++) {
    const validAt = station.validAt[row] ?? Number.POSITIVE_INFINITY;
    if (validAt >= to) break;
    found.push({
      placeId: station.place.id,
      validAt,
      kind: 'observation',
      issuedAt: null,
      values: { ...noValues(), temperatureC: station.temperatureC[row] ?? null },
      condition: null,
      sunriseAt: null,
      sunsetAt: null,
    });
  }
  return found;
}
