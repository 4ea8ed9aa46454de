import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../core/log.ts';
import { silentMeter } from '../../core/meter.ts';
import { seededRandom } from '../../core/random.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, manualClock } from '../../core/time.ts';
import { sqliteJournal } from '../../journal/sqlite/journal.ts';
import { processOptions } from '../../process/config.ts';
import { processStage } from '../../process/runner.ts';
import { sqliteStore } from '../../store/sqlite/store.ts';
import { loadPlaces } from '../../weather/place.ts';
import { pollOptions } from '../config.ts';
import { openMeteoOptions } from '../open-meteo/config.ts';
import { openMeteoSource } from '../open-meteo/source.ts';
import { pollStage } from '../poller.ts';
import { type FaultSchedule, faultSchedule, noFaults } from '../simulator/faults.ts';
import { simulatedProviders } from '../simulator/providers/simulated-providers.ts';
import { metarOptions } from './config.ts';
import { metarSource } from './source.ts';

const START_AT = Date.UTC(2024, 1, 28, 23, 55);
const PLACES = loadPlaces(new URL('../../../regions/senegal.json', import.meta.url).pathname);

/** Two days of Open-Meteo with METAR beside it, over a real folder, against providers that speak the real bodies. */
async function twoDays(faults: FaultSchedule) {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-metar-'));
  const clock = manualClock(START_AT);
  const context = { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter };
  const providers = simulatedProviders({
    seed: 3,
    places: PLACES,
    clock,
    faults,
    keys: { openweathermap: [], openMeteo: [] },
  });
  const journal = await sqliteJournal({ folder, clock, logger: silentLogger, watchForeignMs: null });
  const preference = ['metar', 'open-meteo'];
  const store = sqliteStore({
    folder,
    clock,
    logger: silentLogger,
    nature: 'live',
    preference,
    retentionDays: null,
    watchForeignMs: null,
  });
  const sources = [metarSource(metarOptions.parse({})), openMeteoSource(openMeteoOptions.parse({}))];
  const stage = pollStage({
    sources,
    places: PLACES,
    journal,
    store,
    context,
    transport: providers.transport,
    options: pollOptions.parse({}),
  });
  const process = processStage({ journal, store, places: PLACES, context, options: processOptions.parse({}) });
  const stop = new AbortController();
  const running = [stage.run(stop.signal), process.run(stop.signal)];
  await clock.advanceBy(2 * DAY_MS);
  const from = Date.UTC(2024, 1, 29);
  const counts = await store.slots.count(from, from + DAY_MS);
  const rows = [];
  for await (const row of store.observations.stream({ from, to: from + DAY_MS, which: 'all' }))
    if (row.source === 'metar') rows.push(row);
  const both = await store.observations.get({
    placeId: 'saint-louis',
    validAt: from + 12 * HOUR_MS,
    source: 'open-meteo',
  });
  const { items: preferred } = await store.observations.query({
    placeId: 'saint-louis',
    from: from + 12 * HOUR_MS,
    to: from + 12 * HOUR_MS + 1,
    limit: 5,
    which: 'reading',
  });
  const standings = await stage.standings();
  stop.abort();
  await clock.settle();
  await Promise.all(running);
  await journal.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return { counts, rows, both, preferred, standings, usage: providers.usage() };
}

test('a day of METAR beside Open-Meteo: every slot is filled by the one, every report of the other comes once', async () => {
  const { counts, rows, both, preferred, standings } = await twoDays(noFaults);
  assert.equal(counts.arrived, 13 * 96);
  assert.deepEqual(
    rows.map(({ validAt }) => new Date(validAt).getUTCHours()),
    Array.from({ length: 24 }, (_, hour) => hour),
  );
  for (const row of rows) {
    assert.equal(row.placeId, 'saint-louis');
    assert.deepEqual([row.kind, row.slotAt, row.issuedAt], ['observation', null, null]);
    assert.ok(row.receivedAt - row.validAt <= 16 * MINUTE_MS, 'a report is heard in the round after it is out');
    assert.equal(row.corrections, 0);
  }
  assert.ok(both, 'the analysis of the same instant is kept beside it');
  assert.deepEqual(
    preferred.map(({ source }) => source),
    ['metar'],
    'the source that stands first is the reading',
  );
  assert.deepEqual(
    standings.map(({ source, lastErrorCode }) => [source, lastErrorCode]),
    [
      ['open-meteo', null],
      ['metar', null],
    ],
  );
});

test('with every fault METAR loses no report that it gave within a day, and never costs a slot', async () => {
  const { counts, rows, usage } = await twoDays(
    faultSchedule(5, [
      'missing-optional-fields',
      'server-error-html',
      'truncated-body',
      'html-200',
      'reset-mid-body',
      'duplicate-round',
      'rate-limited',
      'empty-data',
    ]),
  );
  assert.equal(counts.missing + counts.pending, 0);
  assert.equal(new Set(rows.map(({ validAt }) => validAt)).size, 24);
  assert.ok(usage.every(({ overspent }) => overspent === 0));
});
