import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Context } from '../core/context.ts';
import { HarmattanError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, manualClock } from '../core/time.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import type { Arrival, Store } from '../store/store.ts';
import type { Observation } from '../weather/observation.ts';
import type { Place } from '../weather/place.ts';
import { noValues } from '../weather/quantity.ts';
import { forecastOptions } from './config.ts';
import { engineForecaster } from './engine.ts';
import { FORECAST_GROUP, forecastStage } from './forecast-stage.ts';
import type { Forecaster } from './forecaster.ts';
import { shippedPrior } from './shipped-prior.ts';

const T0 = Date.UTC(2026, 6, 1);
const root = mkdtempSync(join(tmpdir(), 'harmattan-forecast-'));
const stores: Store[] = [];
after(async () => {
  for (const store of stores) await store.close();
  rmSync(root, { recursive: true, force: true });
});

const PLACES: readonly Place[] = ['dakar', 'thies', 'podor'].map((id, index) => ({
  id,
  name: id,
  names: { fr: id, en: id },
  latitude: 14 + index,
  longitude: -17,
  elevationM: null,
  landscape: null,
  icao: null,
  timeZone: 'UTC',
}));

function world(startAt: Instant = T0) {
  const clock = manualClock(startAt);
  const context: Context = { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter };
  const store = sqliteStore({
    folder: join(root, String(stores.length)),
    clock,
    logger: silentLogger,
    nature: 'live',
    preference: ['first', 'second'],
    retentionDays: null,
    watchForeignMs: null,
  });
  return Promise.resolve(store).then((opened) => {
    stores.push(opened);
    return { clock, context, store: opened };
  });
}

function stageOf(
  { context, store }: { readonly context: Context; readonly store: Store },
  options: { readonly memories?: number; readonly batchEntries?: number; readonly forecaster?: Forecaster } = {},
) {
  const { forecaster = engineForecaster(shippedPrior()), ...more } = options;
  const preference = ['first', 'second'];
  return forecastStage({
    store,
    forecaster,
    places: PLACES,
    context,
    preference,
    options: forecastOptions.parse(more),
  });
}

let offset = 0;
function arrival(
  placeId: string,
  validAt: Instant,
  differs: Partial<Observation> = {},
  temperatureC = warmth(validAt),
): Arrival {
  const observation: Observation = {
    placeId,
    validAt,
    slotAt: null,
    receivedAt: validAt + MINUTE_MS,
    source: 'first',
    kind: 'observation',
    issuedAt: null,
    values: { ...noValues(), temperatureC },
    condition: null,
    sunriseAt: null,
    sunsetAt: null,
    flags: [],
    ...differs,
  };
  return { observation, partition: 0, offset: offset++, item: 0 };
}

const warmth = (at: Instant) =>
  Math.round(100 * (28 + 5 * Math.sin((2 * Math.PI * at) / DAY_MS) + ((at / 7919) % 1))) / 100;

const ingest = (store: Store, arrivals: readonly Arrival[], at: Instant = T0) =>
  store.ingest.commit({
    journalId: 'test',
    group: 'process',
    positions: [],
    arrivals,
    slots: [],
    quarantined: [],
    providerForecasts: [],
    at,
  });

const hours = (placeId: string, from: Instant, count: number, differs: Partial<Observation> = {}) =>
  Array.from({ length: count }, (_, hour) => arrival(placeId, from + hour * HOUR_MS, differs));

async function issuesOf(store: Store, placeId: string): Promise<readonly Instant[]> {
  const found: Instant[] = [];
  for await (const { issuedAt } of store.predictions.issues(placeId, 0, Number.MAX_SAFE_INTEGER)) found.push(issuedAt);
  return found;
}

const bytesOf = async (store: Store, placeId: string, source = 'first') =>
  Buffer.from((await store.states.get(placeId, source))?.bytes ?? []).toString('base64');

test('a reading leads to a forecast for the next 48 full hours', async () => {
  const here = await world();
  await ingest(here.store, [arrival('dakar', T0 + 54 * MINUTE_MS)]);
  assert.equal(await stageOf(here).drain(), 1);
  const prediction = await here.store.predictions.newest('dakar');
  assert.equal(prediction?.issuedAt, T0 + 54 * MINUTE_MS);
  assert.equal(prediction?.model, 'pooled-1');
  assert.equal(prediction?.source, 'first');
  assert.deepEqual(
    prediction?.validAt,
    Array.from({ length: 48 }, (_, lead) => T0 + (lead + 1) * HOUR_MS),
  );
  assert.ok(prediction?.quantilesC?.every((levels) => levels.length === 19));
});

test('while catching up every reading is learnt and only the newest one issues', async () => {
  const here = await world();
  for (let hour = 0; hour < 48; hour += 6)
    await ingest(
      here.store,
      PLACES.flatMap(({ id }) => hours(id, T0 + hour * HOUR_MS, 6)),
    );
  assert.equal(await stageOf(here).drain(), 48 * PLACES.length);
  for (const { id } of PLACES) {
    assert.deepEqual(await issuesOf(here.store, id), [T0 + 47 * HOUR_MS]);
    assert.equal((await here.store.predictions.newest(id))?.tier, '24h');
  }
  assert.equal(await stageOf(here).drain(), 0);
});

test('in small steps along the feed still only the newest reading issues', async () => {
  const here = await world();
  await ingest(here.store, hours('dakar', T0, 48));
  await stageOf(here, { batchEntries: 5 }).drain();
  assert.deepEqual(await issuesOf(here.store, 'dakar'), [T0 + 47 * HOUR_MS]);
});

test('memories are the same however readings came: singly, in one large batch, through one memory at a time', async () => {
  const single = await world();
  const stage = stageOf(single);
  for (let hour = 0; hour < 450; hour++) {
    await ingest(
      single.store,
      PLACES.map(({ id }) => arrival(id, T0 + hour * HOUR_MS)),
    );
    await stage.drain();
  }
  const large = await world();
  await ingest(
    large.store,
    PLACES.flatMap(({ id }) => hours(id, T0, 450)),
  );
  const [listed] = (await large.store.feed.read(null, 1)).entries;
  assert.ok(listed?.item.kind === 'observation' && listed.item.since !== undefined, 'the batch is not listed singly');
  await stageOf(large, { memories: 1 }).drain();
  for (const { id } of PLACES) {
    assert.equal(await bytesOf(large.store, id), await bytesOf(single.store, id));
    const [one, other] = [await large.store.predictions.newest(id), await single.store.predictions.newest(id)];
    assert.deepEqual(one, other);
    assert.equal(one?.calibration, 'local');
  }
});

test('a large batch into a series that is known teaches all of it', async () => {
  const here = await world();
  const stage = stageOf(here);
  await ingest(here.store, hours('dakar', T0, 2));
  await stage.drain();
  await ingest(here.store, hours('dakar', T0 + 2 * HOUR_MS, 1_200));
  assert.equal(await stage.drain(), 1_200);
  const same = engineForecaster(shippedPrior()).start({ latitude: 14, longitude: -17, elevationM: null });
  same.observe(
    hours('dakar', T0, 1_202).map(({ observation: { validAt, values } }) => ({
      validAt,
      temperatureC: values.temperatureC ?? 0,
    })),
  );
  assert.equal(await bytesOf(here.store, 'dakar'), Buffer.from(same.serialise()).toString('base64'));
});

test('a commit that failed is done again and changes nothing else', async () => {
  const [plain, shaken] = [await world(), await world()];
  let failures = 2;
  const states: Store['states'] = {
    ...shaken.store.states,
    commit: (...batch) =>
      failures-- > 0 ? Promise.reject(new HarmattanError('HMT_STORE_FULL')) : shaken.store.states.commit(...batch),
  };
  const stages = [stageOf(plain), stageOf({ ...shaken, store: { ...shaken.store, states } })] as const;
  for (let hour = 0; hour < 30; hour++) {
    const readings = [arrival('dakar', T0 + hour * HOUR_MS)];
    for (const [index, { store }] of [plain, shaken].entries()) {
      await ingest(store, readings);
      await stages[index]?.drain().catch(() => {});
    }
  }
  await stages[1].drain();
  assert.equal(failures < 0, true);
  assert.equal(await bytesOf(shaken.store, 'dakar'), await bytesOf(plain.store, 'dakar'));
  assert.deepEqual(await shaken.store.predictions.newest('dakar'), await plain.store.predictions.newest('dakar'));
});

test('when another writer was first, its state is read and the readings are applied to it', async () => {
  const here = await world();
  const stage = stageOf(here);
  await ingest(here.store, hours('dakar', T0, 3));
  await stage.drain();
  const state = await here.store.states.get('dakar', 'first');
  assert.ok(state);
  const position = (await here.store.states.position(FORECAST_GROUP)) ?? '';
  await here.store.states.commit(
    [{ ...state, version: state.version + 1 }],
    [],
    { group: FORECAST_GROUP, position },
    T0,
  );
  await ingest(here.store, [arrival('dakar', T0 + 3 * HOUR_MS)]);
  await stage.drain();
  assert.equal((await here.store.states.get('dakar', 'first'))?.version, state.version + 2);
  assert.deepEqual((await issuesOf(here.store, 'dakar')).at(-1), T0 + 3 * HOUR_MS);
});

test('only the preferred source issues, and each source’s memory learns its own readings', async () => {
  const here = await world();
  const stage = stageOf(here);
  await ingest(here.store, [arrival('dakar', T0), arrival('dakar', T0, { source: 'second' }, 40)]);
  await stage.drain();
  const prediction = await here.store.predictions.newest('dakar');
  assert.equal(prediction?.source, 'first');
  assert.ok((prediction?.meanC[0] ?? 99) < 35);
  const second = await here.store.states.get('dakar', 'second');
  assert.ok(second);
  const memory = engineForecaster(shippedPrior()).restore(
    { latitude: 0, longitude: 0, elevationM: null },
    second.bytes,
  );
  assert.ok((memory.forecast(T0, [T0 + HOUR_MS]).meanC[0] ?? 0) > 39);
});

test('a thermometer that reports once an hour is not left for an analysis that comes more often, until it falls silent', async () => {
  const here = await world();
  const stage = stageOf(here);
  const analysis = { source: 'second', kind: 'analysis' } as const;
  for (let quarter = 0; quarter < 12; quarter++) {
    const at = T0 + quarter * 15 * MINUTE_MS;
    const station = quarter % 4 === 0 && quarter < 8 ? [arrival('dakar', at - 9 * MINUTE_MS)] : [];
    await ingest(here.store, [...station, arrival('dakar', at, analysis)]);
    await stage.drain();
  }
  const issues = await issuesOf(here.store, 'dakar');
  const sources = await Promise.all(issues.map(async (at) => (await here.store.predictions.get('dakar', at))?.source));
  // The station's last reading is 51 minutes past the first hour: 90 minutes later it is not waited for any more.
  assert.deepEqual(sources.slice(0, 2), ['first', 'first']);
  assert.deepEqual(issues.slice(0, 2), [T0 - 9 * MINUTE_MS, T0 + 51 * MINUTE_MS]);
  assert.ok(issues.length > 2 && sources.slice(2).every((source) => source === 'second'));
  assert.ok((issues[2] ?? 0) > T0 + 51 * MINUTE_MS + 90 * MINUTE_MS);
});

test('after a failover a source without memory starts from the other source’s', async () => {
  const here = await world();
  const stage = stageOf(here);
  await ingest(here.store, hours('dakar', T0, 60));
  await stage.drain();
  await ingest(here.store, [arrival('dakar', T0 + 61 * HOUR_MS, { source: 'second' })]);
  await stage.drain();
  const prediction = await here.store.predictions.newest('dakar');
  assert.equal(prediction?.issuedAt, T0 + 61 * HOUR_MS);
  assert.equal(prediction?.source, 'second');
  assert.equal(prediction?.tier, '24h');
});

test('a reading older than the newest is learnt without issuing', async () => {
  const here = await world();
  const stage = stageOf(here);
  await ingest(here.store, [arrival('dakar', T0 + 30 * HOUR_MS)]);
  await stage.drain();
  const before = await bytesOf(here.store, 'dakar');
  await ingest(here.store, hours('dakar', T0, 30));
  assert.equal(await stage.drain(), 30);
  assert.notEqual(await bytesOf(here.store, 'dakar'), before);
  assert.deepEqual(await issuesOf(here.store, 'dakar'), [T0 + 30 * HOUR_MS]);
  await ingest(here.store, [arrival('dakar', T0 + 31 * HOUR_MS)]);
  await stage.drain();
  assert.equal((await here.store.predictions.newest('dakar'))?.tier, '24h');
});

test('a temperature that the checks doubt is neither learnt nor forecast from', async () => {
  const here = await world();
  const stage = stageOf(here);
  await ingest(here.store, [arrival('dakar', T0)]);
  await stage.drain();
  const before = await bytesOf(here.store, 'dakar');
  const flags = [{ quantity: 'temperatureC', reason: 'jump', original: 55 }] as const;
  await ingest(here.store, [arrival('dakar', T0 + HOUR_MS, { flags }, 55)]);
  assert.equal(await stage.drain(), 0);
  assert.equal(await bytesOf(here.store, 'dakar'), before);
  assert.deepEqual(await issuesOf(here.store, 'dakar'), [T0]);
});

test('a corrected newest reading changes the memory, but not the forecast that was issued', async () => {
  const here = await world();
  const stage = stageOf(here);
  await ingest(here.store, [arrival('dakar', T0, {}, 20)]);
  await stage.drain();
  await ingest(here.store, [arrival('dakar', T0, { receivedAt: T0 + HOUR_MS }, 30)]);
  await stage.drain();
  assert.ok(((await here.store.predictions.newest('dakar'))?.meanC[0] ?? 0) < 21);
  await ingest(here.store, [arrival('dakar', T0 + MINUTE_MS, {}, 30)]);
  await stage.drain();
  assert.ok(((await here.store.predictions.newest('dakar'))?.meanC[0] ?? 0) > 29);
});

test('where the feed has lost entries the readings themselves are learnt, once', async () => {
  const [steady, late] = [await world(), await world()];
  const stage = stageOf(steady);
  for (let hour = 0; hour < 100; hour++) {
    for (const { store } of [steady, late])
      await ingest(
        store,
        [arrival('dakar', T0 + hour * HOUR_MS), arrival('thies', T0 + hour * HOUR_MS)],
        T0 + hour * HOUR_MS,
      );
    await stage.drain();
  }
  await late.store.trim(T0 + 200 * HOUR_MS);
  assert.equal((await late.store.feed.read(null, 1)).gap, true);
  assert.equal(await stageOf(late).drain(), 200);
  for (const id of ['dakar', 'thies']) {
    assert.equal(await bytesOf(late.store, id), await bytesOf(steady.store, id));
    assert.deepEqual(await issuesOf(late.store, id), [T0 + 99 * HOUR_MS]);
  }
  assert.equal((await late.store.feed.lag(await late.store.states.position(FORECAST_GROUP))).entries, 0);
});

test('a state of another model, or one that cannot be read, is made anew from the store', async () => {
  for (const [model, bytes] of [
    ['baseline-0', new Uint8Array(8)],
    ['pooled-1', new Uint8Array(3)],
  ] as const) {
    const here = await world();
    await ingest(here.store, hours('dakar', T0, 40));
    const position = (await here.store.feed.head()) ?? '';
    await here.store.states.commit(
      [{ placeId: 'dakar', source: 'first', model, bytes, version: 1 }],
      [],
      { group: FORECAST_GROUP, position },
      T0,
    );
    await ingest(here.store, [arrival('dakar', T0 + 40 * HOUR_MS)]);
    await stageOf(here).drain();
    assert.equal((await here.store.predictions.newest('dakar'))?.tier, '24h');
    assert.equal((await here.store.states.get('dakar', 'first'))?.version, 2);
  }
});

test('the live loop wakes with the feed, backs off after a failure and goes on, and ends when it is told to', async () => {
  const here = await world();
  const failing = { left: 1 };
  const states: Store['states'] = {
    ...here.store.states,
    commit: (...batch) =>
      failing.left-- > 0
        ? Promise.reject(new HarmattanError('HMT_STORE_UNAVAILABLE'))
        : here.store.states.commit(...batch),
  };
  const stop = new AbortController();
  const run = stageOf({ ...here, store: { ...here.store, states } }).run(stop.signal);
  await here.clock.settle();
  await ingest(here.store, [arrival('dakar', T0)]);
  await here.clock.settle();
  assert.deepEqual(await issuesOf(here.store, 'dakar'), []);
  await here.clock.advanceBy(1_000);
  assert.deepEqual(await issuesOf(here.store, 'dakar'), [T0]);
  await ingest(here.store, [arrival('dakar', T0 + HOUR_MS)]);
  await here.clock.settle();
  assert.deepEqual((await issuesOf(here.store, 'dakar')).at(-1), T0 + HOUR_MS);
  stop.abort();
  await run;
});

test('a forecaster is told what other providers than its own forecast by the issue time', async () => {
  const here = await world();
  const seen: Instant[] = [];
  const plain = engineForecaster(shippedPrior());
  const forecaster: Forecaster = {
    ...plain,
    start: (site) => {
      const memory = plain.start(site);
      return {
        observe: (readings) => memory.observe(readings),
        observeProviderForecast: ({ issuedAt }) => void seen.push(issuedAt),
        forecast: (...ask) => memory.forecast(...ask),
        serialise: () => memory.serialise(),
        get newestAt() {
          return memory.newestAt;
        },
      };
    },
  };
  const provided = (issuedAt: Instant, source = 'second') => ({
    placeId: 'dakar',
    source,
    model: null,
    issuedAt,
    receivedAt: issuedAt,
    validAt: [issuedAt + HOUR_MS],
    values: { temperatureC: [20] },
  });
  await here.store.ingest.commit({
    journalId: 'test',
    group: 'process',
    positions: [],
    arrivals: [arrival('dakar', T0 + HOUR_MS)],
    slots: [],
    quarantined: [],
    providerForecasts: [
      provided(T0),
      provided(T0 + 3 * HOUR_MS),
      provided(T0 + HOUR_MS, 'first'),
      provided(T0 + HOUR_MS, 'third'),
    ],
    at: T0,
  });
  await stageOf(here, { forecaster }).drain();
  assert.deepEqual(seen, [T0]);
});
