import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configSchema } from '../config/config.ts';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { HOUR_MS, MINUTE_MS, manualClock } from '../core/time.ts';
import { writeEras } from '../ledger/era.ts';
import { PLAN_FACT } from '../poll/standing.ts';
import { fakeSink, fakeSlack } from '../watch/fake-receivers.contract.ts';
import { toldBetween } from '../watch/history.ts';
import { waitingRows } from '../watch/outbox-row.ts';
import { parsePlaces } from '../weather/place.ts';
import { outboxOf } from './channels.ts';
import { programOf } from './program.ts';
import { watchStageOf } from './watching.ts';
import { openWorkplace } from './workplace.ts';

const T0 = Date.UTC(2026, 6, 1);
const PLACES = parsePlaces(['Dakar', 'Kolda'].map((name, row) => ({ name, latitude: 13 + row, longitude: -15 })));

/** An hour in which nothing arrives, with Slack and a heartbeat configured. */
async function silentHour(demo: boolean) {
  const home = mkdtempSync(join(tmpdir(), 'harmattan-watching-'));
  const [slack, beats] = await Promise.all([fakeSlack(), fakeSink()]);
  const clock = manualClock(T0);
  const config = configSchema.parse({
    data: join(home, 'data'),
    slack: { webhookUrl: slack.webhookUrl },
    heartbeat: { url: `${beats.url}/ping` },
  });
  const workplace = await openWorkplace({
    loaded: { config, file: null, origins: new Map(), secrets: [], untouched: false },
    homeFolder: home,
    logger: silentLogger,
    clock,
    places: PLACES,
    demo,
    as: 'configured',
    watchForeignMs: null,
    fsync: false,
  });
  const { store } = workplace;
  const everyMs = 15 * MINUTE_MS;
  await store.facts.set(PLAN_FACT, { everyMs, graceMs: 5 * MINUTE_MS, sources: [], sentence: '', computedAt: T0 });
  await writeEras(store, [{ fromAt: T0, toAt: null, everyMs, placeIds: PLACES.map(({ id }) => id) }]);
  const context = { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter };
  const outbox = outboxOf(workplace, context, null);
  const program = await programOf({ workplace, sources: [], roles: ['watch'], poll: null });
  const how = { roles: ['watch'], workersTell: false, simulated: false } as const;
  const stop = new AbortController();
  // A heartbeat is a real call, and a store on a disk answers when it can: time waits until the stage sleeps again.
  let asleep = Promise.withResolvers<void>();
  const sleep: typeof clock.sleep = (durationMs, signal) => {
    asleep.resolve();
    return clock.sleep(durationMs, signal);
  };
  const watchContext = { ...context, clock: { ...clock, sleep } };
  const running = watchStageOf({ workplace, context: watchContext, program, outbox, ...how }).run(stop.signal);
  await asleep.promise;
  const told = () => toldBetween(store.documents, T0, T0 + HOUR_MS);
  for (let at = T0 + 30_000; at <= T0 + HOUR_MS; at += 30_000) {
    asleep = Promise.withResolvers();
    await clock.advanceTo(at);
    await asleep.promise;
  }
  const tried = async (watch: Record<string, unknown>) => {
    const run = await program.alertsDryRun({ from: null, to: null, watch });
    return run.alerts.map(({ state, rule }) => `${state} ${rule}`);
  };
  const result = {
    channels: program.channels,
    again: await tried({}),
    edited: await tried({ rules: { 'source-missing': { severity: 'notice', forMinutes: 10_000 } } }),
    refused: await tried({ rules: { 'place-late': { severity: 'loud' } } }).catch(({ code, field }) => [code, field]),
    told: (await told()).map(({ state, rule }) => `${state} ${rule}`),
    rows: (await waitingRows(store.documents, 100)).length,
    calls: slack.calls.length,
    beats: beats.calls.length,
  };
  stop.abort();
  await clock.settle();
  await running;
  await workplace.close();
  await Promise.all([slack.close(), beats.close()]);
  rmSync(home, { recursive: true, force: true });
  return result;
}

test('the demo writes to no channel and pings no heartbeat, whatever is configured; what it would say stays in its history', async () => {
  const [demo, live] = await Promise.all([silentHour(true), silentHour(false)]);
  assert.deepEqual(demo.told, ['firing source-missing']);
  assert.deepEqual([demo.rows, demo.calls, demo.beats], [0, 0, 0]);
  assert.deepEqual(live.told, demo.told);
  assert.deepEqual([demo.channels, live.channels], [[], ['slack']]);
  for (const one of [demo, live])
    assert.deepEqual(
      [one.again, one.edited, one.refused],
      [one.told, [], ['HMT_HTTP_BAD_PARAMETER', 'watch.rules.place-late.severity']],
    );
  assert.equal(live.rows, 1);
  assert.ok(live.beats > 0);
});
