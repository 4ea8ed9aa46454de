import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MongoClient } from 'mongodb';
import { loadPlaces } from '../../src/weather/place.ts';
import { documentOf, exported, temporaryFolder } from '../program.ts';
import { type FerretdbServer, ferretdbAvailable, startFerretdb } from '../servers/ferretdb.ts';
import { skipWithout } from '../servers/tools.ts';
import { mongodbEnvironment, scratchMongodb } from './mongodb-scratch.ts';
import { assertSameRows, exportedRows, HOME, lived } from './same-life.ts';

const skip = skipWithout('FerretDB', ferretdbAvailable());
let server: FerretdbServer | null = null;
if (!skip) {
  before(async () => {
    server = await startFerretdb();
  });
  after(() => server?.stop());
}

interface Report {
  readonly complete: boolean;
  readonly compared: Readonly<Record<string, { rows: number; different: number }>>;
  readonly original: Readonly<Record<string, unknown>>;
}

/** One simulated day quarantines nothing. */
const KINDS = ['observations', 'forecasts', 'slots'] as const;

const migrated = (from: string, to: string, folder: string, code = 0) =>
  documentOf<Report>(['migrate', '--from', from, '--to', to, '--data', folder], { code });

test('a folder goes to MongoDB and from there into another folder, and every export is the same', {
  skip,
}, async (t) => {
  assert.ok(server);
  const places = loadPlaces(join(HOME, 'regions', 'senegal.json'));
  const { folder, rows } = await lived(t, 'migrated', { days: 1, seed: 3, places });
  const mongodb = scratchMongodb(server);
  const address = `${mongodb.url}${mongodb.database}`;
  const startedAt = performance.now();
  const there = await migrated(`sqlite:${folder}`, address, folder);
  t.diagnostic(`into MongoDB: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  assert.equal(there.complete, true, JSON.stringify(there.compared));
  assertSameRows(await exportedRows(folder, mongodbEnvironment(mongodb)), rows, KINDS);
  const back = join(temporaryFolder(t, 'migrated-back'), 'data');
  assert.equal((await migrated(address, `sqlite:${back}`, folder)).complete, true);
  assertSameRows(await exportedRows(back), rows, KINDS);
});

/** What the original's Spark job left: numbers as text in places, rows doubled by a restart, a region nobody knows. */
const document = (region: string, timestamp: string, temp: unknown, more: object = {}) => ({
  region,
  timestamp,
  temp,
  lat: 14.7333,
  lon: -17.5,
  humidity: '66',
  pressure: 1012,
  visibility: 10_000,
  // A number that is NaN would end FerretDB's connection; the unit tests have one.
  uvi: 'NaN',
  wind_speed: 4.1,
  wind_deg: 290,
  main: 'Clouds',
  description: 'broken clouds',
  icon: '04d',
  timezone: 'Africa/Dakar',
  sunrise: '2023-07-22 06:52:10',
  sunset: '2023-07-22 19:40:33',
  ...more,
});

test('the original’s collection becomes readings: text to numbers, doubled rows merged, times UTC', {
  skip,
}, async (t) => {
  assert.ok(server);
  const { url, database } = scratchMongodb(server);
  const client = new MongoClient(url);
  t.after(() => client.close());
  await client
    .db(database)
    .collection('weather')
    .insertMany([
      document('Dakar', '2023-07-22 12:45:00', '29.5'),
      document('Dakar', '2023-07-22 13:00:00', 30.25),
      document('Dakar', '2023-07-22 12:45:00', '29.5'),
      document('Thiès', '2023-07-22 12:45:00', 31, { visibility: 'NaN' }),
      document('Thies', '2023-07-22 12:45:00', 31.5),
      document('Atlantis', '2023-07-22 12:45:00', 20),
      document('Kolda', 'yesterday', 33),
    ]);
  const folder = join(temporaryFolder(t, 'original'), 'data');
  const { original, complete } = await migrated(`${url}${database}`, `sqlite:${folder}`, folder, 1);
  const { firstRefused, ...counts } = original;
  assert.deepEqual(counts, { documents: 7, written: 4, merged: 1, refused: 2, absent: 0 });
  assert.equal(complete, false);
  assert.match(String(firstRefused), /HMT_PROCESS_PLACE_UNKNOWN.*HMT_PROCESS_TIME_INVALID/);
  const rows = await exported<Record<string, unknown>>(folder);
  assert.deepEqual(
    rows.map(({ placeId, validAt, source, temperatureC, humidityPct, uvIndex, visibilityM }) => [
      placeId,
      validAt,
      source,
      temperatureC,
      humidityPct,
      uvIndex,
      visibilityM,
    ]),
    [
      ['dakar', '2023-07-22T12:45:00Z', 'openweathermap', 29.5, 66, null, 10_000],
      ['thies', '2023-07-22T12:45:00Z', 'openweathermap', 31.5, 66, null, 10_000],
      ['dakar', '2023-07-22T13:00:00Z', 'openweathermap', 30.25, 66, null, 10_000],
    ],
  );
  const again = await migrated(`${url}${database}`, `sqlite:${folder}`, folder, 1);
  assert.deepEqual([again.original.written, again.original.absent], [0, 0]);
  assert.deepEqual(await exported(folder), rows);
});
