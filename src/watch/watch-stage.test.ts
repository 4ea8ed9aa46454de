import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { HOUR_MS, type Instant, MINUTE_MS, manualClock } from '../core/time.ts';
import { writeEras } from '../ledger/era.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import { parsePlaces } from '../weather/place.ts';
import { noValues } from '../weather/quantity.ts';
import { watchOptions } from './config.ts';
import { dryRun } from './dry-run.ts';
import { alertHistory, toldBetween } from './history.ts';
import type { Notification } from './notification.ts';
import { originalRule } from './original-rule.ts';
import { OUTBOX, type OutboxRow } from './outbox-row.ts';
import type { WatchedProgram } from './read-signals.ts';
import { type WatchStage, watchStage } from './watch-stage.ts';

const T0 = Date.UTC(2026, 6, 1);
const SLOT_MS = 15 * MINUTE_MS;
const TICK_MS = 5 * MINUTE_MS;
const END_AT = T0 + 4 * HOUR_MS;
const PLACES = parsePlaces(
  ['Dakar', 'Thies', 'Podor'].map((name, index) => ({ name, latitude: 14 + index, longitude: -17 })),
);
const OPTIONS = watchOptions.parse({ everySeconds: TICK_MS / 1000, repeatWarningHours: 1 });

const root = mkdtempSync(join(tmpdir(), 'harmattan-watch-'));
const stores: Store[] = [];
after(async () => {
  for (const store of stores) await store.close();
  rmSync(root, { recursive: true, force: true });
});

/** A store in which two places report every quarter of an hour, and Podor falls silent for two hours. */
async function world(): Promise<Store> {
  const store = await sqliteStore({
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
  await writeEras(store, [{ fromAt: T0, toAt: null, everyMs: SLOT_MS, placeIds: PLACES.map(({ id }) => id) }]);
  return store;
}

let offset = 0;
const isSilent = (placeId: string, at: Instant) =>
  placeId === 'podor' && at > T0 + HOUR_MS / 2 && at < T0 + 2.5 * HOUR_MS;

/** What arrives at a tick: the reading of the slot that just began. */
async function arrive(store: Store, at: Instant): Promise<void> {
  if (at % SLOT_MS !== 0) return;
  const values = { ...noValues(), temperatureC: 30, humidityPct: 40, pressureHpa: 1010, windSpeedMps: 3 };
  await store.ingest.commit({
    journalId: 'test',
    group: 'process',
    positions: [],
    arrivals: PLACES.filter(({ id }) => !isSilent(id, at)).map(({ id }) => ({
      observation: {
        placeId: id,
        validAt: at,
        slotAt: at,
        receivedAt: at + MINUTE_MS,
        source: 'first',
        kind: 'observation',
        issuedAt: null,
        values,
        condition: null,
        sunriseAt: null,
        sunsetAt: null,
        flags: [],
      },
      partition: 0,
      offset: offset++,
      item: 0,
    })),
    slots: [],
    quarantined: [],
    providerForecasts: [],
    at,
  });
}

const program: WatchedProgram = {
  plan: async () => ({ everyMs: SLOT_MS, graceMs: 5 * MINUTE_MS }),
  stages: async () => ({ process: { lagMessages: 0, lagMs: 0, running: true } }),
  sources: async () => ({ first: { lastErrorCode: null } }),
  quotas: async () => ({}),
  diskFreeShare: async () => 0.5,
};

function stageOn(store: Store): WatchStage {
  const clock = manualClock(T0);
  return watchStage({
    store,
    places: PLACES,
    options: { ...OPTIONS, rules: { 'forecast-missing': { enabled: false } } },
    context: { clock, random: () => 0.5, logger: silentLogger, meter: silentMeter },
    program,
    channels: [
      { channel: 'slack', minSeverity: 'notice', delayMs: 0 },
      { channel: 'email', minSeverity: 'warning', delayMs: 0 },
    ],
    timeZone: 'UTC',
    heartbeat: null,
    wake: () => {},
    hearsPeople: true,
  });
}

/** A process that dies in its `nth` commit, after that many of its documents are written, and is started again. */
interface Cut {
  readonly nth: number;
  readonly written: number;
}

const CUT = new Error('the process was killed');

function dying(store: Store, { nth, written }: Cut, sizes: number[]): Store {
  const documents: DocumentStore = {
    ...store.documents,
    get: (collection, key) => store.documents.get(collection, key),
    list: (collection, query) => store.documents.list(collection, query),
    drop: (collection, before, limit) => store.documents.drop(collection, before, limit),
    async commit(changes) {
      sizes.push(changes.length);
      if (sizes.length - 1 !== nth) return store.documents.commit(changes);
      for (const change of changes.slice(0, written)) await store.documents.commit([change]);
      throw CUT;
    },
  };
  return new Proxy(store, { get: (target, name) => (name === 'documents' ? documents : Reflect.get(target, name)) });
}

/**
 * Lives through the four hours; with a cut, a new stage takes over at the tick in which the first one died. Returns how
 * many documents each commit of the first one had.
 */
async function live(store: Store, cut: Cut | null): Promise<readonly number[]> {
  const sizes: number[] = [];
  let stage = stageOn(cut === null ? store : dying(store, cut, sizes));
  for (let at = T0; at < END_AT; at += TICK_MS) {
    await arrive(store, at);
    try {
      await stage.tick(at);
    } catch (error) {
      assert.equal(error, CUT);
      stage = stageOn(store);
      // What was decided is decided; what was not is decided now.
      if (cut?.written === 0) await stage.tick(at);
    }
  }
  return sizes;
}

async function rowsOf(store: Store): Promise<readonly OutboxRow<Notification>[]> {
  const { items } = await store.documents.list<OutboxRow<Notification>>(OUTBOX, { limit: 1000 });
  return items.map(({ value }) => value);
}

const said = (rows: readonly OutboxRow<Notification>[]) =>
  rows.map(({ deliveryId, notification: { news, rule, at, places } }) => ({
    deliveryId,
    news,
    rule,
    at,
    places: places.map(({ id }) => id),
  }));

async function historyOf(store: Store): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const entry of alertHistory(store.documents, 0, Number.MAX_SAFE_INTEGER)) found.push(entry);
  return found;
}

const whole = world().then(async (store) => {
  await live(store, null);
  return { store, rows: said(await rowsOf(store)), history: await historyOf(store) };
});

test('a place that falls silent is told late once, missing once, reminded of and resolved', async () => {
  const { rows, store } = await whole;
  const slack = rows.filter(({ deliveryId }) => deliveryId.endsWith('.slack'));
  assert.deepEqual(
    slack.map(({ news, rule }) => `${news} ${rule}`),
    ['firing place-late', 'firing place-missing', 'reminder place-missing', 'resolved place-missing'],
  );
  assert.ok(slack.every(({ places }) => places.join() === 'podor'));
  assert.equal(rows.length, 2 * slack.length);
  assert.deepEqual(
    (await toldBetween(store.documents, T0, END_AT)).map(({ state, rule }) => `${state} ${rule}`),
    slack.map(({ news, rule }) => `${news} ${rule}`),
  );
});

test('killed anywhere in any of its writes and started again, it tells the same, nothing twice', async (t) => {
  const { rows, history } = await whole;
  let cuts = 0;
  for (let nth = 0; ; nth++) {
    let most = 0;
    for (let written = 0; written <= most; written++) {
      const store = await world();
      most = (await live(store, { nth, written }))[nth] ?? -1;
      if (most < 0) {
        t.diagnostic(`${cuts} cuts`);
        assert.ok(cuts > 20, `${cuts} cuts`);
        return;
      }
      cuts++;
      assert.deepEqual(said(await rowsOf(store)), rows, `cut in commit ${nth} after ${written} documents`);
      assert.deepEqual(await historyOf(store), history, `cut in commit ${nth} after ${written} documents`);
    }
  }
});

test('a dry run on the kept signals gives exactly what was told, and edited rules give what they would have', async () => {
  const { store } = await whole;
  const { documents, facts } = store;
  await facts.set('watch/last', { lastSuccessAt: END_AT });
  const run = (rules: Record<string, unknown>, most = Number.POSITIVE_INFINITY) =>
    dryRun({
      most,
      documents,
      facts,
      places: PLACES,
      options: watchOptions.parse({
        everySeconds: 300,
        repeatWarningHours: 1,
        rules: { 'forecast-missing': { enabled: false }, ...rules },
      }),
      timeZone: 'UTC',
      from: T0,
      to: END_AT,
    });
  assert.deepEqual((await run({})).alerts, await toldBetween(documents, T0, END_AT));
  const patient = await run({ 'place-late': { enabled: false }, 'place-missing': { forMinutes: 600 } });
  assert.deepEqual(patient.alerts, []);
  const { evaluations } = patient;
  assert.equal((await run({ 'place-late': { enabled: false } }, evaluations * 2)).alerts.length > 0, true);
  await assert.rejects(run({}, evaluations / 2), { code: 'HMT_WATCH_DRY_RUN_TOO_LONG' });
});

test('the original’s rule sees no silence of one place among three', async () => {
  const { store } = await whole;
  assert.deepEqual(await originalRule(store, PLACES, T0 + HOUR_MS, END_AT - HOUR_MS), []);
});

test('the original’s rule sends a message a minute, from fifteen minutes after the last arrival to the next', async () => {
  const store = await world();
  for (const at of [T0, T0 + HOUR_MS]) await arrive(store, at);
  assert.deepEqual(await originalRule(store, PLACES, T0 + 10 * MINUTE_MS, T0 + 90 * MINUTE_MS), [
    // The arrival at 00:01 leaves the window of fifteen minutes at 00:17; the next comes within the minute of 01:01.
    { from: T0 + 17 * MINUTE_MS, to: T0 + 62 * MINUTE_MS, messages: 45 },
    { from: T0 + 77 * MINUTE_MS, to: T0 + 90 * MINUTE_MS, messages: 13 },
  ]);
});
