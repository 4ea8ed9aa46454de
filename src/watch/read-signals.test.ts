import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HarmattanError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, manualClock, SECOND_MS } from '../core/time.ts';
import { writeEras } from '../ledger/era.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import { arrival, batch, prediction, quarantined, slot, T0 } from '../store/store.contract.ts';
import type { Store } from '../store/store.ts';
import { parsePlaces } from '../weather/place.ts';
import { LEVELS } from '../weather/prediction.ts';
import { noValues } from '../weather/quantity.ts';
import { watchOptions } from './config.ts';
import { SignalReader, type WatchedProgram } from './read-signals.ts';
import { findAll } from './rule.ts';

const SLOT_MS = 15 * MINUTE_MS;
const PLACES = parsePlaces(
  ['Dakar', 'Thies', 'Podor'].map((name, row) => ({ name, latitude: 14 + row, longitude: -17 })),
);
const WHOLE = { ...noValues(), temperatureC: 31, humidityPct: 40, pressureHpa: 1010, windSpeedMps: 3 };

const root = mkdtempSync(join(tmpdir(), 'harmattan-signals-'));
const stores: Store[] = [];
after(async () => {
  for (const store of stores) await store.close();
  rmSync(root, { recursive: true, force: true });
});

const OPTIONS = watchOptions.parse({ thresholds: [{ quantity: 'temperatureC', above: 30 }] });

function world(program: Partial<WatchedProgram> = {}, options = OPTIONS) {
  const store = sqliteStore({
    folder: join(root, String(stores.length)),
    clock: manualClock(T0),
    logger: silentLogger,
    nature: 'live',
    preference: ['first'],
    retentionDays: null,
    watchForeignMs: null,
    fsync: false,
  });
  stores.push(store);
  const reader = () =>
    new SignalReader({
      store,
      places: PLACES,
      options,
      program: {
        plan: async () => ({ everyMs: SLOT_MS, graceMs: 5 * MINUTE_MS }),
        stages: async () => ({}),
        sources: async () => ({ first: { lastErrorCode: null } }),
        quotas: async () => ({}),
        diskFreeShare: async () => 0.5,
        ...program,
      },
      channels: ['slack'],
      logger: silentLogger,
    });
  const arrive = (placeId: string, validAt: number, differs: Parameters<typeof arrival>[0] = {}) =>
    store.ingest.commit(
      batch({
        arrivals: [arrival({ placeId, validAt, slotAt: validAt, values: WHOLE, ...differs })],
        slots: [slot({ placeId, slotAt: validAt, state: 'arrived' })],
      }),
    );
  return { store, reader, arrive };
}

test('a place’s signals follow what the store is told, and are the same object while it is told nothing', async () => {
  const { store, reader, arrive } = world();
  const followed = reader();
  const empty = await followed.read(T0);
  assert.deepEqual(
    Object.values(empty.places).map(({ lastValidAt }) => lastValidAt),
    [null, null, null],
  );
  assert.equal(await followed.read(T0 + 30 * SECOND_MS), empty);

  await arrive('dakar', T0);
  await arrive('thies', T0, {
    values: { ...WHOLE, pressureHpa: null },
    flags: [{ reason: 'frozen', quantity: 'temperatureC', original: 31 }],
  });
  const arrived = await followed.read(T0 + MINUTE_MS);
  const { dakar, thies, podor } = arrived.places;
  assert.deepEqual([dakar?.lastValidAt, dakar?.lacking, dakar?.values], [T0, [], { temperatureC: 31 }]);
  assert.deepEqual([thies?.lacking, thies?.flags], [['pressureHpa'], ['frozen:temperatureC']]);
  assert.equal(podor, empty.places.podor);

  const missing = { placeId: 'podor', slotAt: T0, state: 'missing', reason: 'no-data', detail: 'HMT_POLL_NO_DATA' };
  await store.ingest.commit(batch({ slots: [slot(missing as Parameters<typeof slot>[0])] }));
  assert.equal((await followed.read(T0 + 2 * MINUTE_MS)).places.podor?.cause, 'HMT_POLL_NO_DATA');
  await arrive('podor', T0 + SLOT_MS);
  const back = (await followed.read(T0 + SLOT_MS)).places.podor;
  assert.deepEqual([back?.lastValidAt, back?.cause], [T0 + SLOT_MS, null]);

  // What was filled in later is no news of the present.
  await arrive('podor', T0 - SLOT_MS);
  assert.equal((await followed.read(T0 + SLOT_MS + MINUTE_MS)).places.podor?.lastValidAt, T0 + SLOT_MS);
  await store.ingest.commit(batch({ slots: [slot({ placeId: 'podor', slotAt: T0 - HOUR_MS, state: 'missing' })] }));
  assert.equal((await followed.read(T0 + SLOT_MS + 2 * MINUTE_MS)).places.podor?.cause, null);
});

test('a source that tells at the slot what it measured ten minutes before is late when its slot is, and not before', async () => {
  const { reader, arrive } = world();
  await arrive('dakar', T0 - 9 * MINUTE_MS, { slotAt: T0 });
  const followed = reader();
  const lateAt = T0 + SLOT_MS + 5 * MINUTE_MS;
  const late = async (at: number) =>
    findAll(await followed.read(at), at, watchOptions.parse({}), 'UTC').findings.some(
      ({ rule, placeId }) => rule === 'place-late' && placeId === 'dakar',
    );
  assert.deepEqual([await late(lateAt - 1), await late(lateAt)], [false, true]);
});

test('a watch that is started anew sees the places as the one before it did', async () => {
  const { store, reader, arrive } = world();
  await writeEras(store, [{ fromAt: T0, toAt: null, everyMs: SLOT_MS, placeIds: PLACES.map(({ id }) => id) }]);
  const first = reader();
  await first.read(T0);
  for (const { id } of PLACES) for (const at of [T0, T0 + SLOT_MS]) await arrive(id, at);
  const seen = await first.read(T0 + SLOT_MS + MINUTE_MS);
  assert.deepEqual((await reader().read(T0 + SLOT_MS + MINUTE_MS)).places, seen.places);
  assert.equal(seen.places.dakar?.lastValidAt, T0 + SLOT_MS);

  // Dakar comes to nothing, Thies brings an old reading, and Podor’s trouble is over.
  const [third, fourth] = [T0 + 2 * SLOT_MS, T0 + 3 * SLOT_MS];
  const missing = { state: 'missing', reason: 'no-answer', detail: 'HMT_POLL_TIMEOUT' } as const;
  await store.ingest.commit(
    batch({
      arrivals: [arrival({ placeId: 'thies', validAt: T0 + SLOT_MS, slotAt: third, values: WHOLE })],
      slots: [
        slot({ placeId: 'dakar', slotAt: third, ...missing }),
        slot({ placeId: 'thies', slotAt: third, state: 'stale' }),
        slot({ placeId: 'podor', slotAt: third, ...missing }),
      ],
    }),
  );
  await arrive('podor', fourth);
  const troubled = await first.read(fourth + MINUTE_MS);
  const { dakar, thies, podor } = troubled.places;
  assert.deepEqual(
    [dakar, thies, podor].map((place) => [place?.cause, place?.stale]),
    [
      ['HMT_POLL_TIMEOUT', false],
      [null, true],
      [null, false],
    ],
  );
  const anew = reader();
  assert.deepEqual((await anew.read(fourth + MINUTE_MS)).places, troubled.places);

  // An older slot that is filled in afterwards is no news of the present, before a start as after it.
  const filled = { ...slot({ placeId: 'dakar', slotAt: T0 - SLOT_MS, state: 'backfilled' }) };
  await store.ingest.commit(batch({ slots: [filled] }));
  assert.equal((await anew.read(fourth + 2 * MINUTE_MS)).places.dakar?.cause, 'HMT_POLL_TIMEOUT');
});

test('more changes than one look takes are all heard', async () => {
  const { store, reader, arrive } = world();
  const followed = reader();
  await followed.read(T0);
  for (let step = 0; step < 11; step++) {
    const slots = Array.from({ length: 1000 }, (_, index) =>
      slot({ slotAt: T0 - (1000 * step + index + 1) * SLOT_MS, state: 'arrived' }),
    );
    await store.ingest.commit(batch({ slots }));
  }
  await arrive('dakar', T0);
  assert.equal((await followed.read(T0 + MINUTE_MS)).places.dakar?.lastValidAt, T0);
});

test('the growth of quarantine is what came within the hour, and not what lay there before', async () => {
  const { store, reader } = world();
  const put = (...offsets: readonly number[]) =>
    store.ingest.commit(batch({ quarantined: offsets.map((offset) => quarantined(offset)) }));
  await put(1, 2, 3);
  const followed = reader();
  const growth = async (minutes: number) => (await followed.read(T0 + minutes * MINUTE_MS)).quarantinedLastHour;
  assert.equal(await growth(0), 0);
  await put(4, 5);
  assert.equal(await growth(5), 2);
  for (let minutes = 10; minutes <= 60; minutes += 5) assert.equal(await growth(minutes), 2);
  assert.equal(await growth(65), 0);
});

test('what the program says is asked again after five minutes, and at once when the clock was set', async () => {
  let free = 0.5;
  const { reader } = world({ diskFreeShare: async () => free });
  const followed = reader();
  const seen = async (at: number) => (await followed.read(at)).diskFreeShare;
  assert.equal(await seen(T0), 0.5);
  free = 0.01;
  assert.equal(await seen(T0 + 4 * MINUTE_MS), 0.5);
  assert.equal(await seen(T0 + 5 * MINUTE_MS), 0.01);
  free = 0.02;
  assert.equal(await seen(T0 - DAY_MS), 0.02);
  free = 0.03;
  assert.equal(await seen(T0 + 300 * DAY_MS), 0.03);
});

test('that nobody runs a stage any more is seen at the next look, while what else its process says is asked every five minutes', async () => {
  const runs = { process: true };
  let asked = 0;
  const { reader } = world({
    async stages() {
      asked++;
      return { process: { lagMessages: asked, lagMs: 0, running: null } };
    },
    running: async () => ({ ...runs }),
  });
  const followed = reader();
  const first = await followed.read(T0);
  assert.deepEqual(first.stages.process, { lagMessages: 1, lagMs: 0, running: true });
  assert.equal(await followed.read(T0 + 30 * SECOND_MS), first);
  runs.process = false;
  const gone = await followed.read(T0 + 60 * SECOND_MS);
  assert.deepEqual(gone.stages.process, { lagMessages: 1, lagMs: 0, running: false });
  assert.equal(asked, 1);
});

test('a signal that cannot be read is named with its error, and the others are read; a store that fails fails the whole look', async () => {
  const failing: Partial<Record<'stages' | 'diskFreeShare' | 'coverage', Error>> = {};
  const orElse = async <T>(name: keyof typeof failing, value: T): Promise<T> => {
    if (failing[name]) throw failing[name];
    return value;
  };
  const { reader } = world({
    stages: () => orElse('stages', { process: { lagMessages: 0, lagMs: 0, running: true } }),
    diskFreeShare: () => orElse('diskFreeShare', 0.4),
    coverage: (placeId) => (placeId === 'thies' ? orElse('coverage', 0.8) : Promise.resolve(0.81)),
  });
  const followed = reader();
  await followed.read(T0);
  failing.stages = new HarmattanError('HMT_JOURNAL_UNAVAILABLE', { detail: 'Gone.' });
  failing.diskFreeShare = new Error('ENOENT');
  failing.coverage = new TypeError('no such thing');
  for (let minutes = 60; minutes <= 65; minutes += 5) await followed.read(T0 + minutes * MINUTE_MS);
  const seen = await followed.read(T0 + 70 * MINUTE_MS);
  assert.deepEqual(seen.failed, {
    stages: 'HMT_JOURNAL_UNAVAILABLE',
    diskFreeShare: 'HMT_WATCH_RULE_FAILED',
    'coverage/thies': 'HMT_WATCH_RULE_FAILED',
  });
  assert.deepEqual([seen.stages.process?.running, seen.diskFreeShare], [true, 0.4]);
  assert.deepEqual([seen.places.dakar?.coverage80, seen.places.thies?.coverage80], [0.81, null]);
  failing.stages = new HarmattanError('HMT_STORE_UNAVAILABLE', { detail: 'Gone.' });
  await assert.rejects(followed.read(T0 + 75 * MINUTE_MS), { code: 'HMT_STORE_UNAVAILABLE' });
  for (const name of Object.keys(failing)) delete failing[name as keyof typeof failing];
  assert.deepEqual((await followed.read(T0 + 80 * MINUTE_MS)).failed, { 'coverage/thies': 'HMT_WATCH_RULE_FAILED' });
});

test('eight in ten above 40 °C tomorrow is read from the stored forecast', async () => {
  const thresholds = [
    { place: 'dakar', quantity: 'temperatureC', above: 40, on: 'forecast', chance: 0.8, withinHours: 36 },
  ];
  const options = watchOptions.parse({ thresholds });
  const { store, reader, arrive } = world({}, options);
  await arrive('dakar', T0);
  const followed = reader();
  await followed.read(T0);
  /** A forecast of a day and a half whose hour `hot` lies above 40 °C with this chance, all others below. */
  const issue = async (issuedAt: number, hot: number, chance: number) => {
    const hours = Array.from({ length: 48 }, (_, lead) => lead + 1);
    const quantilesC = hours.map((hour) =>
      LEVELS.map((level) => (hour === hot && level > 1 - chance - 1e-9 ? 40.1 + level : 30 + level)),
    );
    const validAt = hours.map((hour) => issuedAt + hour * HOUR_MS);
    const made = prediction(issuedAt, { placeId: 'dakar', validAt, meanC: hours.map(() => 35), quantilesC });
    await store.states.commit([], [made], { group: 'forecast', position: '' }, issuedAt);
  };
  const found = async (at: number) => {
    const { findings } = findAll(await followed.read(at), at, options, 'UTC');
    return findings.filter(({ rule }) => rule === 'weather-forecast');
  };
  for (const [minutes, hot, chance, told] of [
    [1, 20, 0.75, false],
    [2, 20, 0.8, true],
    [3, 40, 0.95, false],
    [4, 36, 0.9, true],
  ] as const) {
    const at = T0 + minutes * MINUTE_MS;
    await issue(at, hot, chance);
    const [first] = await found(at);
    assert.equal(first !== undefined, told, `${chance} at +${hot} h`);
    if (!first) continue;
    assert.deepEqual(
      [first.placeId, first.limit, first.chance],
      ['dakar', { value: 40, unit: 'celsius', side: 'above', withinHours: 36 }, chance],
    );
    // A watch that starts now reads the same.
    assert.deepEqual((await reader().read(at)).places.dakar?.chances, { 0: chance });
  }
  await issue(T0 + 5 * MINUTE_MS, 20, 0.1);
  assert.deepEqual(await found(T0 + 5 * MINUTE_MS), []);
});
