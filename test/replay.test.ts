import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { documentOf, exported, getJson, startRun, temporaryFolder, until } from './program.ts';

/** Real readings, gaps and all; absent in a clone of the repository alone. */
const STATIONS = process.env.HMT_STATIONS ?? join('..', 'shared', 'data', 'hourly');
/** `HMT_DAYS=31 node --test test/replay.test.ts` replays a month in four and a half minutes. */
const DAYS = Number(process.env.HMT_DAYS ?? 3);
const SPEED = 10_000;
const FROM = '2016-01-01T00:00:00Z';
const TO = new Date(Date.parse(FROM) + DAYS * 86_400_000).toISOString();
const HOURS = 24 * DAYS;
/** The days pass, and what is still under way when they have. */
const PATIENCE_MS = ((HOURS * 3_600_000) / SPEED) * 2 + 300_000;

/** The readings of those days per station, counted from the files alone. */
function recorded(): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const [, ...lines] = readFileSync(join(STATIONS, 'stations.csv'), 'utf8').trim().split('\n');
  const stations = new Map<string, ReadonlyMap<number, number>>();
  for (const line of lines) {
    const file = line.split(',')[0] ?? '';
    const text = gunzipSync(readFileSync(join(STATIONS, `${file}.csv.gz`))).toString();
    const readings = new Map<number, number>();
    for (const row of text.split('\n').slice(1)) {
      const [time = '', value = ''] = row.trim().split(',');
      const at = Date.parse(time);
      if (value !== '' && at >= Date.parse(FROM) && at < Date.parse(TO) && !readings.has(at))
        readings.set(at, Number(value));
    }
    if (readings.size > 0) stations.set(file, readings);
  }
  return stations;
}

test(`${DAYS} days of measured stations are replayed: every reading stored, every gap accounted for`, {
  skip: !existsSync(STATIONS) && `LEFT OUT: ${STATIONS} is not here`,
  timeout: 2 * PATIENCE_MS,
}, async (t) => {
  const stations = recorded();
  assert.ok(stations.size >= 3, 'too few stations have readings then');
  const folder = temporaryFolder(t, 'replay');
  const run = await startRun(
    t,
    ['--data', folder, '--source', 'replay', '--file', STATIONS, '--speed', String(SPEED)],
    { env: { HARMATTAN_REPLAY_FROM: FROM, HARMATTAN_REPLAY_TO: TO } },
  );
  const slots = await until(
    'every slot is settled',
    async () => {
      const found = await exported<{ placeId: string; slotAt: string; state: string; reason: string | null }>(
        folder,
        '--what',
        'slots',
      );
      const pending = found.filter(({ state }) => state === 'pending').length;
      return found.length === stations.size * HOURS && pending === 0 ? found : null;
    },
    PATIENCE_MS,
  );
  const readings = [...stations.values()].reduce((sum, { size }) => sum + size, 0);
  const rows = await until('every reading is stored', async () => {
    const found = await exported<{ placeId: string; validAt: string; temperatureC: number }>(folder);
    return found.length >= readings ? found : null;
  });
  assert.equal(rows.length, readings);
  assert.ok(readings < stations.size * HOURS, 'these days have no gap');
  for (const { placeId, validAt, temperatureC } of rows)
    assert.equal(temperatureC, stations.get(placeId)?.get(Date.parse(validAt)), `${placeId} ${validAt}`);

  const filled = new Set(rows.map(({ placeId, validAt }) => `${placeId} ${Date.parse(validAt)}`));
  const hoursFilled = new Set(
    [...filled].map((key) => key.replace(/\d+$/, (at) => String(Math.floor(Number(at) / 3_600_000)))),
  );
  for (const { placeId, slotAt, state, reason } of slots) {
    const isFilled = hoursFilled.has(`${placeId} ${Date.parse(slotAt) / 3_600_000}`);
    assert.equal(state === 'missing', !isFilled, `${placeId} ${slotAt} is ${state}`);
    assert.equal(reason === null, isFilled, `${placeId} ${slotAt}: ${reason}`);
  }
  assert.equal((await documentOf<{ ok: boolean }>(['verify', '--data', folder])).ok, true);

  for (const placeId of stations.keys()) {
    const forecast = await getJson<{ issuedAt: string; mean?: number[] }>(
      `${run.url}/api/v1/places/${placeId}/forecast`,
    );
    assert.ok(Date.parse(forecast.issuedAt) >= Date.parse(FROM), placeId);
  }
  const page = await (await fetch(run.url)).text();
  for (const placeId of stations.keys()) assert.ok(page.includes(placeId), `the page shows no ${placeId}`);
  assert.equal((await run.stop()).code, 0);
  assert.doesNotMatch(run.text().err, /"log\.level":"error"/);
  t.diagnostic(`${stations.size} stations, ${readings} readings, ${slots.length - hoursFilled.size} gaps`);
});
