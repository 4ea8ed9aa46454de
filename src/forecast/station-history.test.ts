import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { HarmattanError } from '../core/errors.ts';
import { MINUTE_MS } from '../core/time.ts';
import { listStations, observedAt, readingOf, readStation } from './station-history.ts';

const folder = mkdtempSync(join(tmpdir(), 'harmattan-stations-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
const entry = (name: string) => ({ name, latitude: 0, longitude: 0, elevationM: null });
const isFileError = (error: unknown) => error instanceof HarmattanError && error.code === 'HMT_CLI_FILE';

test('stations are listed by the columns’ names, with a byte-order mark and any line ends', () => {
  put('stations.csv', '\uFEFFlon,file,lat,more\r\n-17.5,dakar,14.7,x\r\n-16,louga,15.6,y\r\n');
  assert.deepEqual(listStations(folder), [
    { name: 'dakar', latitude: 14.7, longitude: -17.5, elevationM: null },
    { name: 'louga', latitude: 15.6, longitude: -16, elevationM: null },
  ]);
  assert.deepEqual(
    listStations(folder, ['louga']).map(({ name }) => name),
    ['louga'],
  );
});

test('a folder without a list, a row without coordinates and an unlisted name are refused', () => {
  put('stations.csv', 'file,lat,lon\ndakar,14.7,-17.5\n');
  assert.throws(() => listStations(folder, ['bakel']), isFileError);
  assert.throws(() => listStations(join(folder, 'nowhere')), isFileError);
  for (const row of ['dakar,,', 'dakar,north,-17', ',14,-17']) {
    put('stations.csv', `file,lat,lon\n${row}\n`);
    assert.throws(() => listStations(folder), isFileError, row);
  }
});

test('rows are read in order of time, plain and compressed, without what is no temperature', async () => {
  const rows =
    'time_utc,temp_c\n2020-01-01T02:00Z,20.5\n2020-01-01 01:00:00,19\n2020-01-01T03:00:00Z,\n2020-01-01T04:00Z,999\nx,1\n2020-01-01T05:00Z,-3,more\n';
  put('plain.csv', rows);
  put('packed.csv.gz', gzipSync(rows));
  const hour = (n: number) => Date.UTC(2020, 0, 1, n);
  for (const name of ['plain', 'packed']) {
    const station = await readStation(folder, entry(name));
    assert.deepEqual([...station.validAt], [hour(1), hour(2), hour(5)]);
    assert.deepEqual([...station.temperatureC], [19, 20.5, -3]);
  }
});

test('a missing file and a broken archive are refused', async () => {
  await assert.rejects(readStation(folder, entry('absent')), isFileError);
  put('broken.csv.gz', gzipSync('time_utc,temp_c\n2020-01-01T02:00Z,20\n'.repeat(500)).subarray(0, 60));
  await assert.rejects(readStation(folder, entry('broken')), isFileError);
  put('text.csv.gz', 'not an archive');
  await assert.rejects(readStation(folder, entry('text')), isFileError);
});

test('a line is a time and a temperature', () => {
  assert.deepEqual(readingOf('2023-07-22 12:54:00,30.1'), [Date.UTC(2023, 6, 22, 12, 54), 30.1]);
  for (const line of ['', 'time_utc,temp_c', '2023-07-22 12:54:00', '2023-02-30 00:00:00,1', '2023-07-22 12:54:00,hot'])
    assert.equal(readingOf(line), null, line);
});

test('what was observed is the nearest reading within half an hour, the earlier of two', () => {
  const at = Date.UTC(2020, 0, 1, 12);
  const station = (...minutes: readonly number[]) => ({
    ...entry('x'),
    validAt: Float64Array.from(minutes, (minute) => at + minute * MINUTE_MS),
    temperatureC: Float64Array.from(minutes),
  });
  assert.equal(observedAt(station(-31, -20, 5, 40), at), 5);
  assert.equal(observedAt(station(-10, 10), at), -10);
  assert.equal(observedAt(station(-30), at), -30);
  assert.equal(observedAt(station(-31, 31), at), null);
  assert.equal(observedAt(station(-20, 5), at, at), -20);
});
