import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLogger } from '../../core/log.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, manualClock } from '../../core/time.ts';
import { sqliteStore } from '../../store/sqlite/store.ts';
import type { Store } from '../../store/store.ts';
import type { Observation } from '../../weather/observation.ts';
import { LEVELS, type Prediction } from '../../weather/prediction.ts';
import { noValues } from '../../weather/quantity.ts';
import { scorecard } from './scorecard.ts';

const T0 = Date.UTC(2026, 6, 1);
const root = mkdtempSync(join(tmpdir(), 'harmattan-scorecard-'));
const stores: Store[] = [];
after(async () => {
  for (const store of stores) await store.close();
  rmSync(root, { recursive: true, force: true });
});

async function newStore(): Promise<Store> {
  const store = await sqliteStore({
    folder: join(root, String(stores.length)),
    clock: manualClock(T0),
    logger: silentLogger,
    nature: 'live',
    preference: ['first', 'second'],
    retentionDays: null,
    watchForeignMs: null,
  });
  stores.push(store);
  return store;
}

let offset = 0;
const measured = (
  store: Store,
  rows: readonly (readonly [validAt: Instant, temperatureC: number, more?: Partial<Observation>])[],
) =>
  store.ingest.commit({
    journalId: 'test',
    group: 'process',
    positions: [],
    arrivals: rows.map(([validAt, temperatureC, more]) => ({
      observation: {
        placeId: 'dakar',
        validAt,
        slotAt: null,
        receivedAt: validAt,
        source: 'first',
        kind: 'observation',
        issuedAt: null,
        values: { ...noValues(), temperatureC },
        condition: null,
        sunriseAt: null,
        sunsetAt: null,
        flags: [],
        ...more,
      },
      partition: 0,
      offset: offset++,
      item: 0,
    })),
    slots: [],
    quarantined: [],
    providerForecasts: [],
    at: T0,
  });

const issued = (
  store: Store,
  issues: readonly (readonly [issuedAt: Instant, meanC: number, more?: Partial<Prediction>])[],
) =>
  store.states.commit(
    [],
    issues.map(([issuedAt, meanC, more]) => {
      const first = Math.floor(issuedAt / HOUR_MS) + 1;
      const validAt = [first, first + 1, first + 2, first + 24].map((hour) => hour * HOUR_MS);
      return {
        placeId: 'dakar',
        issuedAt,
        model: 'test-1',
        tier: '24h',
        calibration: 'prior' as const,
        source: 'first',
        validAt,
        meanC: validAt.map(() => meanC),
        quantilesC: validAt.map(() => LEVELS.map((level) => meanC + 10 * (level - 0.5))),
        ...more,
      };
    }),
    { group: 'forecast', position: '' },
    T0,
  );

const card = (store: Store) => scorecard({ store, placeId: 'dakar', from: T0, to: T0 + 30 * DAY_MS });

test('issues between the hours are paired with what came, by lead, beside what a held reading had said', async () => {
  const store = await newStore();
  const issuedAt = T0 + 12 * HOUR_MS + 45 * MINUTE_MS;
  await issued(store, [[issuedAt, 30]]);
  await measured(store, [
    [issuedAt, 28],
    [T0 + 13 * HOUR_MS, 31],
    [T0 + 14 * HOUR_MS, 33],
  ]);
  const { overall, byLead, issues, model, verifiedBy } = await card(store);
  assert.deepEqual([issues, model, verifiedBy], [1, 'test-1', 'observation']);
  assert.deepEqual(
    byLead.map(({ leadHours, n, maeC, biasC }) => [leadHours, n, maeC, biasC]),
    [
      [1, 1, 1, -1],
      [2, 1, 3, -3],
    ],
  );
  assert.deepEqual(overall.persistence, { n: 2, maeC: 4, forecastMaeC: 2, skill: 0.5 });
  assert.equal(overall.yesterday.n, 0);
  assert.deepEqual([overall.coverage50, overall.coverage80, overall.coverage90], [0.5, 1, 1]);
  assert.ok((overall.crpsC ?? 0) > 0);
});

test('yesterday’s hour is the newest one that was known at the issue time', async () => {
  const store = await newStore();
  const issuedAt = T0 + 3 * DAY_MS;
  await issued(store, [[issuedAt, 20]]);
  await measured(store, [
    [issuedAt - 23 * HOUR_MS, 18],
    [issuedAt + HOUR_MS, 20],
    [issuedAt + 25 * HOUR_MS, 23],
  ]);
  const { byLead } = await card(store);
  assert.deepEqual(
    byLead.map(({ leadHours, yesterday: { n, maeC } }) => [leadHours, n, maeC]),
    [
      [1, 1, 2],
      [25, 1, 5],
    ],
    'for +25 h the same hour of tomorrow is not known yet',
  );
});

test('an analysis is no observation: it counts only where there is no observation at all', async () => {
  const [analysed, both] = [await newStore(), await newStore()];
  for (const store of [analysed, both]) {
    await issued(store, [[T0, 20]]);
    await measured(store, [
      [T0 + HOUR_MS, 25, { kind: 'analysis' }],
      [T0 + 2 * HOUR_MS, 25, { kind: 'analysis' }],
    ]);
  }
  await measured(both, [[T0 + 2 * HOUR_MS + 5 * MINUTE_MS, 21, { source: 'second' }]]);
  const [one, other] = [await card(analysed), await card(both)];
  assert.deepEqual([one.verifiedBy, one.overall.n, one.overall.maeC], ['analysis', 2, 5]);
  assert.deepEqual([other.verifiedBy, other.overall.n, other.overall.maeC], ['observation', 1, 1]);
});

test('readings too far from the hour, doubted ones and gaps make no pair', async () => {
  const store = await newStore();
  await issued(store, [[T0, 20]]);
  await measured(store, [
    [T0 + HOUR_MS + 11 * MINUTE_MS, 20],
    [T0 + 2 * HOUR_MS, 60, { flags: [{ quantity: 'temperatureC', reason: 'jump', original: 60 }] }],
    [T0 + 3 * HOUR_MS - 10 * MINUTE_MS, 21],
    [T0 + 3 * HOUR_MS + 8 * MINUTE_MS, 23],
  ]);
  const { byLead } = await card(store);
  assert.deepEqual(
    byLead.map(({ leadHours, maeC }) => [leadHours, maeC]),
    [[3, 3]],
  );
});

test('only issues of the newest model and of the span are scored', async () => {
  const store = await newStore();
  await issued(store, [
    [T0 - HOUR_MS, 90],
    [T0, 80, { model: 'test-0' }],
    [T0 + HOUR_MS, 20],
  ]);
  await measured(
    store,
    Array.from({ length: 6 }, (_, hour) => [T0 + hour * HOUR_MS, 20] as const),
  );
  const { issues, overall } = await card(store);
  assert.deepEqual([issues, overall.n, overall.maeC], [1, 3, 0]);
});

test('a place without issues has an empty card', async () => {
  const { issues, model, verifiedBy, overall, byLead } = await card(await newStore());
  assert.deepEqual([issues, model, verifiedBy, overall.n, overall.maeC, byLead], [0, null, null, 0, null, []]);
});

const providerSaid = (store: Store, issuedAt: Instant, source: string, temperatureC: number) =>
  store.ingest.commit({
    journalId: 'test',
    group: 'process',
    positions: [],
    arrivals: [],
    slots: [],
    quarantined: [],
    providerForecasts: [
      {
        placeId: 'dakar',
        source,
        model: null,
        issuedAt,
        receivedAt: issuedAt,
        validAt: [1, 2, 3].map((hour) => issuedAt + hour * HOUR_MS),
        values: { temperatureC: [temperatureC, temperatureC, null] },
      },
    ],
    at: T0,
  });

test('a provider is held against observations, never against its own analysis', async () => {
  const [analysed, observed] = [await newStore(), await newStore()];
  for (const [store, kind] of [
    [analysed, 'analysis'],
    [observed, 'observation'],
  ] as const) {
    await issued(store, [[T0, 20]]);
    await providerSaid(store, T0 - HOUR_MS, 'first', 10);
    await providerSaid(store, T0, 'first', 23);
    await providerSaid(store, T0 + HOUR_MS, 'first', 99);
    await measured(store, [
      [T0 + HOUR_MS, 22, { kind }],
      [T0 + 2 * HOUR_MS, 22, { kind }],
      [T0 + 3 * HOUR_MS, 22, { kind }],
    ]);
  }
  const provider = async (store: Store) =>
    (await card(store)).overall.references.find(({ id }) => id === 'provider:first') ?? null;
  assert.deepEqual(await provider(observed), {
    id: 'provider:first',
    n: 2,
    maeC: 1,
    forecastMaeC: 2,
    skill: -1,
  });
  assert.equal(await provider(analysed), null);
});

test('climatology is the mean of the same hour of the days that were known', async () => {
  const store = await newStore();
  await issued(store, [[T0, 20]]);
  const past = Array.from({ length: 12 }, (_, day) => [T0 + HOUR_MS - (day + 1) * DAY_MS, 10 + day] as const);
  await measured(store, [...past, [T0 + HOUR_MS, 21]]);
  const climatology = (await card(store)).overall.references.find(({ id }) => id === 'climatology');
  assert.deepEqual(climatology, { id: 'climatology', n: 1, maeC: 5.5, forecastMaeC: 1, skill: 1 - 1 / 5.5 });
});

test('errors are mapped by hour and lead, and issues counted by their tier', async () => {
  const store = await newStore();
  await issued(store, [
    [T0, 20],
    [T0 + HOUR_MS, 20, { tier: '7d' }],
  ]);
  await measured(store, [[T0 + 2 * HOUR_MS, 22]]);
  const { hourByLead, tiers } = await card(store);
  assert.deepEqual(hourByLead, [{ hour: 2, fromLead: 1, toLead: 3, n: 2, maeC: 2, biasC: -2 }]);
  assert.deepEqual(tiers, { '24h': 1, '7d': 1 });
});
