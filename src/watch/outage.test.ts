import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HarmattanError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, manualClock } from '../core/time.ts';
import { writeEras } from '../ledger/era.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import { arrival, batch, T0 } from '../store/store.contract.ts';
import type { Store } from '../store/store.ts';
import { parsePlaces } from '../weather/place.ts';
import { noValues } from '../weather/quantity.ts';
import { watchOptions } from './config.ts';
import { dryRun } from './dry-run.ts';
import { alertHistory, toldBetween } from './history.ts';
import type { Notification } from './notification.ts';
import { OUTBOX, type OutboxRow } from './outbox-row.ts';
import { watchStage } from './watch-stage.ts';

const SLOT_MS = 15 * MINUTE_MS;
const PLACES = parsePlaces(['Dakar', 'Podor'].map((name, row) => ({ name, latitude: 14 + row, longitude: -17 })));
const OPTIONS = watchOptions.parse({
  aliveAt: null,
  repeatWarningHours: 168,
  rules: { 'forecast-missing': { enabled: false } },
});
const WHOLE = { ...noValues(), temperatureC: 31, humidityPct: 40, pressureHpa: 1010, windSpeedMps: 3 };
/** Podor falls silent before the store fails, and goes on being silent until long after it works again. */
const [SILENT_AT, FAILS_AT, WORKS_AT, BACK_AT, END_AT] = [1, 2, 4, 6, 8].map((hours) => T0 + hours * HOUR_MS) as [
  Instant,
  Instant,
  Instant,
  Instant,
  Instant,
];

/** Lives through it. `broken` says what of the store fails; `heard` whether a channel takes what is told past it. */
async function live(broken: (name: string | symbol) => boolean, heard: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-outage-'));
  const clock = manualClock(T0);
  const store = sqliteStore({
    folder,
    clock,
    logger: silentLogger,
    nature: 'live',
    preference: ['first'],
    retentionDays: null,
    watchForeignMs: null,
    fsync: false,
  });
  await writeEras(store, [{ fromAt: T0, toAt: null, everyMs: SLOT_MS, placeIds: PLACES.map(({ id }) => id) }]);
  const isDown = () => clock.now() > FAILS_AT && clock.now() <= WORKS_AT;
  const flaky: Store = new Proxy(store, {
    get(target, name) {
      if (isDown() && broken(name)) throw new HarmattanError('HMT_STORE_UNAVAILABLE', { detail: 'Gone.' });
      return Reflect.get(target, name);
    },
  });
  const direct: Notification[] = [];
  const beats: Instant[] = [];
  const stage = watchStage({
    store: flaky,
    places: PLACES,
    options: OPTIONS,
    context: { clock, random: () => 0.5, logger: silentLogger, meter: silentMeter },
    program: {
      plan: async () => ({ everyMs: SLOT_MS, graceMs: 5 * MINUTE_MS }),
      stages: async () => ({}),
      sources: async () => ({ first: { lastErrorCode: null } }),
      quotas: async () => ({}),
      diskFreeShare: async () => 0.5,
    },
    channels: [{ channel: 'slack', minSeverity: 'warning', delayMs: 0 }],
    timeZone: 'UTC',
    heartbeat: async () => void beats.push(clock.now()),
    wake: () => {},
    hearsPeople: true,
    tellDirectly: async (notification) => {
      direct.push(notification);
      if (!heard) throw new HarmattanError('HMT_WATCH_UNREACHABLE', { detail: 'No network.' });
      return true;
    },
  });
  const stop = new AbortController();
  const running = stage.run(stop.signal);
  for (let at = T0; at < END_AT; at += SLOT_MS) {
    const placeIds = at >= SILENT_AT && at < BACK_AT ? ['dakar'] : ['dakar', 'podor'];
    const arrivals = placeIds.map((placeId) => arrival({ placeId, validAt: at, slotAt: at, values: WHOLE }));
    await store.ingest.commit(batch({ arrivals }));
    await clock.advanceTo(at + SLOT_MS);
  }
  stop.abort();
  await clock.settle();
  await running;
  const { documents, facts } = store;
  const rows = await documents.list<OutboxRow<Notification>>(OUTBOX, { limit: 100 });
  const history = [];
  for await (const entry of alertHistory(documents, 0, T0 + DAY_MS)) history.push(entry);
  const past = await dryRun({
    documents,
    facts,
    places: PLACES,
    options: OPTIONS,
    timeZone: 'UTC',
    from: T0,
    to: END_AT,
  });
  const sent = await toldBetween(documents, T0, END_AT);
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return { direct, beats, rows: rows.items.map(({ value }) => value.notification), history, past: past.alerts, sent };
}

const lines = (told: readonly Pick<Notification, 'news' | 'rule' | 'at'>[]) =>
  told.map(({ news, rule, at }) => `${(at - T0) / MINUTE_MS} ${news} ${rule}`);

const PARTS = {
  'cannot be read or written': (name: string | symbol) => name === 'documents',
  'gives no readings': (name: string | symbol) => name === 'feed',
} as const;

for (const [what, broken] of Object.entries(PARTS))
  test(`a store that ${what} is the state error: one message past it, one end, and no other alert is over (item 36)`, async () => {
    const { direct, beats, rows, history, past, sent } = await live(broken, true);
    assert.deepEqual(lines(direct), ['121.5 firing store-error']);
    assert.deepEqual([direct[0]?.severity, direct[0]?.cause?.code], ['critical', 'HMT_STORE_UNAVAILABLE']);
    assert.deepEqual(lines(rows), [
      '66 firing place-late',
      '75.5 firing place-missing',
      '240.5 resolved store-error',
      '380.5 resolved place-missing',
    ]);
    const end = rows[2];
    assert.deepEqual([end?.dedupeKey, end?.incidentId], [direct[0]?.dedupeKey, direct[0]?.incidentId]);
    const error = history.flatMap((entry) =>
      entry.kind === 'transition' && entry.rule === 'store-error' ? [entry] : [],
    );
    assert.deepEqual(
      error.map(({ at, from, to, cause }) => [(at - T0) / MINUTE_MS, from, to, cause]),
      [
        [120.5, 'normal', 'error', 'HMT_STORE_UNAVAILABLE'],
        [240.5, 'error', 'normal', 'HMT_STORE_UNAVAILABLE'],
      ],
    );
    // The heartbeat goes quiet with the watch, and comes back with it.
    assert.deepEqual(
      beats.filter((at) => at > FAILS_AT && at <= WORKS_AT),
      [],
    );
    assert.equal(beats.length, (END_AT - T0 - (WORKS_AT - FAILS_AT)) / (30 * 1000));
    assert.deepEqual(past, sent);
    assert.ok(sent.some(({ rule, state }) => rule === 'store-error' && state === 'resolved'));
  });

test('that a store failed of which nobody heard is history, and nobody hears of its end', async () => {
  const { direct, rows, history, past, sent } = await live(PARTS['cannot be read or written'], false);
  assert.equal(direct.length, 1);
  assert.ok(!rows.some(({ rule }) => rule === 'store-error'));
  assert.equal(history.filter((entry) => entry.rule === 'store-error').length, 2);
  assert.deepEqual(past, sent);
});
