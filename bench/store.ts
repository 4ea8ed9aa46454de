import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../src/core/log.ts';
import { seededRandom } from '../src/core/random.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, manualClock } from '../src/core/time.ts';
import { observationMessage } from '../src/journal/flat-record.ts';
import { forecastMessage } from '../src/journal/forecast-record.ts';
import { sqliteJournal } from '../src/journal/sqlite/journal.ts';
import type { Slot } from '../src/ledger/ledger.ts';
import { sqliteStore } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import type { Place } from '../src/weather/place.ts';
import { LEVELS, type Prediction, type ProviderForecast } from '../src/weather/prediction.ts';
import type { Quantity } from '../src/weather/quantity.ts';
import { arrival, batchOf, filled, tenth } from './arrivals.ts';
import { type Figure, printFigures } from './machine.ts';
import { percentile } from './running.ts';

/**
 * The SQLite store alone: ingest, `latest`, history, and the bytes of a year. `--rows 10000000` is the full run,
 * `--places` and `--batch` change the load, `--year` adds the year.
 */
const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    places: { type: 'string', default: '13' },
    batch: { type: 'string', default: '1000' },
    year: { type: 'boolean', default: false },
    slots: { type: 'boolean', default: false },
  },
});
const [rows, places, batchRows] = [Number(options.rows), Number(options.places), Number(options.batch)];
const STEP_MS = 15 * MINUTE_MS;
const placeIds = Array.from({ length: places }, (_, index) => `place-${index}`);
const random = seededRandom(1, 'bench');
const figures: Figure[] = [];
const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-store-'));

const openStore = (name: string): Store =>
  sqliteStore({
    folder: join(folder, name),
    clock: manualClock(0),
    logger: silentLogger,
    nature: 'simulated',
    preference: ['open-meteo'],
    retentionDays: null,
    watchForeignMs: null,
  });

const firstAt: Instant = Date.UTC(2000, 0, 1);
const arrivalAt = (index: number) =>
  arrival(placeIds[index % places] ?? '', firstAt + Math.floor(index / places) * STEP_MS, index);

/** Commits `count` rows from `from` on; returns rows per second, the time of making them not counted. */
async function ingest(store: Store, from: number, count: number, withSlots: boolean): Promise<number> {
  let spentMs = 0;
  for (let index = from; index < from + count; index += batchRows) {
    const arrivals = Array.from({ length: batchRows }, (_, item) => arrivalAt(index + item));
    const startedAt = performance.now();
    let slots: Slot[] = [];
    if (withSlots) {
      const keys = arrivals.map(({ observation: { placeId, slotAt } }) => ({ placeId, slotAt: slotAt ?? 0 }));
      const before = await store.slots.get(keys);
      slots = arrivals.map((one, item) => filled(one, before[item] ?? null));
    }
    await store.ingest.commit(batchOf(arrivals, slots));
    spentMs += performance.now() - startedAt;
  }
  return (count / spentMs) * 1000;
}

/** The time that `share` of the rounds stay below, ms. */
async function timed(rounds: number, share: number, work: (round: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    await work(round);
    times.push(performance.now() - startedAt);
  }
  return percentile(times, share);
}

async function benchRows(): Promise<void> {
  const store = openStore('rows');
  const million = Math.min(rows, 1_000_000);
  const speeds: number[] = [];
  for (let done = 0; done < rows; done += million)
    speeds.push(await ingest(store, done, Math.min(million, rows - done), options.slots));
  const [first = Number.NaN, last = Number.NaN] = [speeds[0], speeds.at(-1)];
  figures.push({
    what: `ingest, first ${million} rows`,
    measured: first,
    unit: 'rows/s',
    target: { atLeast: options.slots ? 100_000 : 250_000 },
  });
  if (speeds.length > 1)
    figures.push({ what: 'last million ÷ first', measured: last / first, unit: '', target: { atLeast: 0.8 } });
  figures.push({ what: 'resident after ingest', measured: process.memoryUsage().rss / 1e6, unit: 'MB' });
  figures.push({ what: 'bytes a row', measured: statSync(join(folder, 'rows', 'store.db')).size / rows, unit: 'B' });

  let index = rows;
  const latest = await timed(200, 0.99, async () => store.observations.latest(placeIds));
  figures.push({ what: 'latest, all places, p99', measured: latest, unit: 'ms', target: { atMost: 5 } });
  const times: number[] = [];
  for (let round = 0; round < 200; round++, index += places) {
    await store.ingest.commit(batchOf(Array.from({ length: places }, (_, item) => arrivalAt(index + item))));
    times.push(await timed(1, 0, async () => store.observations.latest(placeIds)));
  }
  const cold = percentile(times, 0.99);
  figures.push({ what: 'latest, each place just written, p99', measured: cold, unit: 'ms', target: { atMost: 5 } });

  const lastAt = firstAt + Math.floor(rows / places) * STEP_MS;
  const quantities: readonly Quantity[] = ['temperatureC', 'pressureHpa', 'windFromDirectionDeg'];
  const history = await timed(100, 0.99, (round) =>
    store.observations.history(
      placeIds[round % places] ?? '',
      quantities[round % 3] ?? 'temperatureC',
      lastAt - 365 * DAY_MS - round * HOUR_MS,
      lastAt - round * HOUR_MS,
      400,
    ),
  );
  figures.push({ what: 'history, a year in 400 points, p99', measured: history, unit: 'ms', target: { atMost: 50 } });
  const page = await timed(100, 0.99, (round) =>
    store.observations.query({ from: firstAt + round * 7 * DAY_MS, to: lastAt, limit: 500, which: 'reading' }),
  );
  figures.push({ what: 'page of 500 readings, all places, p99', measured: page, unit: 'ms' });
  if (options.slots) {
    const count = await timed(50, 0.99, (round) =>
      store.slots.count(lastAt - DAY_MS - round * STEP_MS, lastAt - round * STEP_MS),
    );
    figures.push({ what: 'slots of a day by state, p99', measured: count, unit: 'ms' });
    const strip = await timed(50, 0.99, (round) =>
      store.slots.query({ from: lastAt - DAY_MS, to: lastAt, placeId: placeIds[round % places] ?? '', limit: 200 }),
    );
    figures.push({ what: 'slots of a day at one place, p99', measured: strip, unit: 'ms' });
  }
  await store.close();
}

const HORIZON = Array.from({ length: 48 }, (_, index) => (index + 1) * HOUR_MS);

function prediction(placeId: string, issuedAt: Instant): Prediction {
  const means = HORIZON.map((lead) => 25 + 8 * Math.sin(((issuedAt + lead) / DAY_MS) * 2 * Math.PI) + random());
  return {
    placeId,
    issuedAt,
    model: 'pooled-1',
    tier: 'year',
    calibration: 'local',
    source: 'open-meteo',
    validAt: HORIZON.map((lead) => issuedAt + lead),
    meanC: means,
    quantilesC: means.map((mean, lead) =>
      LEVELS.map((level) => mean + (0.6 + lead / 24) * Math.log(level / (1 - level)) * (0.9 + 0.2 * random())),
    ),
  };
}

function providerForecast(placeId: string, issuedAt: Instant): ProviderForecast {
  const series = (low: number, span: number) =>
    HORIZON.map((lead) => tenth(low + span * Math.abs(Math.sin(((issuedAt + lead) / DAY_MS) * Math.PI)) + random()));
  const values = {
    temperatureC: series(20, 15),
    dewPointC: series(10, 8),
    pressureHpa: series(1008, 6),
    windSpeedMps: series(1, 7),
  };
  const validAt = HORIZON.map((lead) => issuedAt + lead);
  return {
    placeId,
    source: 'open-meteo',
    model: 'best_match',
    issuedAt,
    receivedAt: issuedAt + HOUR_MS,
    validAt,
    values,
  };
}

/** What the journal holds by default: thirty days of the same messages. Gives megabytes. */
async function journalOfAMonth(): Promise<number> {
  const at = join(folder, 'journal');
  const journal = await sqliteJournal({
    folder: at,
    clock: manualClock(firstAt),
    logger: silentLogger,
    watchForeignMs: null,
  });
  const place = (id: string): Place => ({
    id,
    name: id,
    names: { fr: id, en: id },
    latitude: 14.6928,
    longitude: -17.4467,
    elevationM: 22,
    landscape: 'coast',
    icao: null,
    timeZone: 'Africa/Dakar',
  });
  const notes = { stale: false, backfill: false };
  for (let slot = 0; slot < 30 * 96; slot++) {
    const slotAt = firstAt + slot * STEP_MS;
    const readings = placeIds.map((id) => observationMessage(arrival(id, slotAt, slot).observation, place(id), notes));
    await journal.append('observations', readings);
    if (slot % 4 === 0)
      await journal.append(
        'forecasts',
        placeIds.map((id) => forecastMessage(providerForecast(id, slotAt))),
      );
  }
  await journal.close();
  return statSync(join(at, 'journal.db')).size / 1e6;
}

/** A year as the program writes it: every quarter of an hour readings, slots and forecasts; a provider's run each hour. */
async function benchYear(): Promise<void> {
  const store = openStore('year');
  const startedAt = performance.now();
  for (let slot = 0; slot < 365 * 96; slot++) {
    const slotAt = firstAt + slot * STEP_MS;
    const arrivals = placeIds.map((placeId, item) => arrival(placeId, slotAt, slot * places + item));
    const keys = placeIds.map((placeId) => ({ placeId, slotAt }));
    await store.slots.open(keys);
    const before = await store.slots.get(keys);
    const slots = arrivals.map((one, item) => filled(one, before[item] ?? null));
    const providerForecasts = slot % 4 === 0 ? placeIds.map((placeId) => providerForecast(placeId, slotAt)) : [];
    await store.ingest.commit({ ...batchOf(arrivals, slots), providerForecasts });
    const issued = placeIds.map((placeId) => prediction(placeId, slotAt));
    const position = (await store.feed.head()) ?? '';
    await store.states.commit([], issued, { group: 'forecast', position }, slotAt);
    if (slot % 96 === 0) while ((await store.trim(slotAt)) > 0);
  }
  const spentS = (performance.now() - startedAt) / 1000;
  await store.close();
  const [kept, journal] = [statSync(join(folder, 'year', 'store.db')).size / 1e6, await journalOfAMonth()];
  figures.push({ what: `a year at ${places} places, store`, measured: kept, unit: 'MB' });
  figures.push({ what: 'the journal’s 30 days of it', measured: journal, unit: 'MB' });
  figures.push({ what: 'both', measured: kept + journal, unit: 'MB', target: { atMost: 500 } });
  figures.push({ what: 'writing that year', measured: spentS, unit: 's' });
}

try {
  await benchRows();
  if (options.year) await benchYear();
  printFigures(`store (sqlite), ${rows} rows, ${places} places, batches of ${batchRows}`, figures);
} finally {
  rmSync(folder, { recursive: true });
}
