import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, toRfc3339 } from '../core/time.ts';
import { watchOptions } from '../watch/config.ts';
import { outbox } from '../watch/outbox.ts';
import { waitingRows } from '../watch/outbox-row.ts';
import { type WatchStage, watchStage } from '../watch/watch-stage.ts';
import {
  alertStoryReply,
  alertsDryRunReply,
  alertsReply,
  auditLines,
  channelsReply,
  channelTestReply,
  historyReply,
  silenceReply,
  silencesReply,
} from './alert-contract.ts';
import { type AuditEntry, auditLog, auditReply } from './audit-log.ts';
import { followAlerts, type MarkedAlert, newestMark } from './live-alerts.ts';
import type { Program } from './program.ts';
import { NOW, PLACES, type SeededFolder, seededFolder } from './seeded.test.ts';
import type { ServeApp } from './served.ts';
import { serveApp } from './server.ts';
import { createToken } from './token.ts';

let folder: SeededFolder;
let app: ServeApp;
let watch: WatchStage;
let token = '';
/** What the program would do. */
let dryRun: Program['alertsDryRun'];

/** Evaluates every 30 s for so many minutes. */
async function watchFor(minutes: number): Promise<void> {
  for (let tick = 0; tick < minutes * 2; tick++) {
    folder.clock.set(folder.clock.now() + 30 * SECOND_MS);
    await watch.tick(folder.clock.now());
  }
}

const get = async (url: string) => {
  const reply = await app.inject(url);
  assert.equal(reply.statusCode, 200, `${url}: ${reply.payload}`);
  return reply.json();
};
const post = (url: string, payload: object, bearer = token) =>
  app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${bearer}` } });

before(async () => {
  folder = await seededFolder({
    holes: { kolda: 6 },
    program: { channels: ['slack'], alertsDryRun: (request) => dryRun(request) },
  });
  app = await serveApp(folder.input);
  token = (await createToken(folder.store.documents, { name: 'ops', scopes: ['alerts'], now: NOW })).token;
  watch = watchStage({
    store: folder.store,
    places: PLACES,
    options: watchOptions.parse({
      aliveAt: null,
      recoverMinutes: 5,
      rules: { 'forecast-missing': { enabled: false } },
    }),
    context: { clock: folder.clock, logger: silentLogger, meter: silentMeter, random: seededRandom(1, 'alerts') },
    program: {
      plan: async () => ({ everyMs: 15 * MINUTE_MS, graceMs: 5 * MINUTE_MS }),
      stages: async () => ({}),
      sources: async () => ({ 'open-meteo': { lastErrorCode: null } }),
      quotas: async () => ({}),
      diskFreeShare: async () => null,
    },
    channels: [{ channel: 'slack', minSeverity: 'warning', delayMs: 0 }],
    timeZone: 'Africa/Dakar',
    heartbeat: null,
    wake: () => {},
    hearsPeople: true,
  });
  await watchFor(2);
});
after(async () => {
  await app.close();
  await folder.close();
});

describe('alerts over HTTP', () => {
  it('list what lasts, and say of one alert everything that happened to it', async () => {
    const { items } = alertsReply.parse(await get('/api/v1/alerts'));
    assert.deepEqual(
      items.map(({ rule, state, about, messages }) => ({ rule, state, about, messages })),
      [{ rule: 'place-missing', state: 'firing', about: ['kolda'], messages: 1 }],
    );
    const story = alertStoryReply.parse(await get(`/api/v1/alerts/${items[0]?.id}`));
    assert.deepEqual(
      story.history.map((entry) => (entry.kind === 'news' ? entry.news : `${entry.rule} ${entry.to}`)),
      ['place-missing pending', 'place-late pending', 'place-missing firing', 'place-late firing', 'firing'],
    );
    assert.equal(story.waiting, 1);
  });

  it('are acknowledged by whoever holds a token, and that is in the audit log', async () => {
    const [{ id }] = (await get('/api/v1/alerts')).items;
    assert.equal((await app.inject({ method: 'POST', url: `/api/v1/alerts/${id}/acknowledge` })).statusCode, 401);
    const reply = await post(`/api/v1/alerts/${id}/acknowledge`, {});
    assert.deepEqual([reply.statusCode, reply.json().state], [200, 'acknowledged'], reply.payload);
    assert.match(reply.json().acknowledged.by, /^token ops \(/);
    await watchFor(1);
    assert.equal((await get('/api/v1/alerts')).items[0].state, 'acknowledged');
    assert.equal((await post('/api/v1/alerts/none/acknowledge', {})).statusCode, 404);
    const [entry] = await auditLog(folder.store.documents, 1);
    assert.deepEqual([entry?.what, entry?.target], ['alert.acknowledge', id]);
    const url = '/api/v1/audit?limit=1';
    assert.equal((await app.inject(url)).statusCode, 401);
    const log = await app.inject({ url, headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual(auditLines.parse(log.json()), { items: [auditReply(entry as AuditEntry)] });
  });

  it('tell what became of each message, as JSON and as CSV', async () => {
    const delivering = outbox({
      store: folder.store,
      notifiers: [{ channel: 'slack', leastGapMs: 0, deliver: async () => ({ reference: null }) }],
      context: { clock: folder.clock, logger: silentLogger, meter: silentMeter, random: seededRandom(1, 'outbox') },
      word: () => {
        throw new TypeError('no words');
      },
      lookEveryMs: null,
    });
    const stop = new AbortController();
    const running = delivering.run(stop.signal);
    const isDone = async () => (await waitingRows(folder.store.documents, 1)).length === 0;
    for (let turn = 0; turn < 20_000 && !(await isDone()); turn++) await setImmediate();
    stop.abort();
    await running;
    const { items } = historyReply.parse(await get('/api/v1/alerts/history?limit=1'));
    assert.ok(items[0]?.kind === 'news');
    assert.deepEqual(
      items[0].deliveries.map(({ channel, state, attempts }) => [channel, state, attempts]),
      [['slack', 'dead', 1]],
    );
    const csv = await app.inject('/api/v1/alerts/history.csv');
    assert.match(String(csv.headers['content-type']), /^text\/csv/);
    const rows = csv.payload.trim().split('\r\n');
    assert.equal(rows[0], 'at,kind,alert,rule,subject,from,to,cause,deliveries');
    assert.equal(rows.length, 6);
    assert.match(rows[1] ?? '', /^2026-07-22T12:50:00Z,transition,,place-missing,kolda,normal,pending,,$/);
    assert.match(rows[5] ?? '', /,news,\w{4},place-missing,kolda,,firing,,slack dead 2026-/);
  });
});

describe('channels and dry runs over HTTP', () => {
  it('say how each channel does', async () => {
    const { items } = channelsReply.parse(await get('/api/v1/channels'));
    assert.deepEqual(
      items.map(({ channel, configured, failingSinceAt, lastError, givenUp, waiting }) => [
        channel,
        configured,
        failingSinceAt,
        lastError?.code,
        givenUp,
        waiting,
      ]),
      [['slack', true, null, 'HMT_WATCH_MESSAGE_REFUSED', 1, 0]],
    );
  });

  it('are tried with a test message by whoever holds a token', async () => {
    const url = '/api/v1/channels/slack/test';
    assert.equal((await app.inject({ method: 'POST', url })).statusCode, 401);
    const { statusCode, payload } = await post(url, {});
    assert.equal(statusCode, 200, payload);
    const reply = channelTestReply.parse(JSON.parse(payload));
    assert.deepEqual(reply, { channel: 'slack', state: 'delivered', attempts: 1, code: null });
  });

  it('try other rules on the past for whoever holds a token, one at a time', async () => {
    const told = { at: NOW, rule: 'place-late', state: 'firing', alertId: 'k7f2', places: ['kolda'] } as const;
    const asked: unknown[] = [];
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    dryRun = async (request) => {
      asked.push(request);
      await finished;
      return { from: NOW - HOUR_MS, to: NOW, alerts: [told], sent: [], original: [], signalsFrom: null };
    };
    const url = '/api/v1/alerts/dry-run';
    assert.equal((await app.inject({ method: 'POST', url, payload: {} })).statusCode, 401);
    const body = { from: '2026-07-22T00:00:00Z', watch: { groupWaitSeconds: 0 } };
    const running = post(url, body);
    for (let turn = 0; turn < 1000 && asked.length === 0; turn++) await setImmediate();
    const second = await post(url, {});
    assert.deepEqual([second.statusCode, second.headers['retry-after']], [503, '10']);
    finish();
    const reply = await running;
    assert.equal(reply.statusCode, 200, reply.payload);
    assert.deepEqual(alertsDryRunReply.parse(reply.json()).alerts, [{ ...told, at: toRfc3339(NOW) }]);
    assert.deepEqual(asked, [{ from: Date.UTC(2026, 6, 22), to: null, watch: { groupWaitSeconds: 0 } }]);
    assert.equal((await post(url, { from: 'soon' })).statusCode, 400);
    assert.equal((await post(url, {})).statusCode, 200);
  });
});

describe('silences over HTTP (item 34)', () => {
  it('say before what they match, match just that, and are quiet until their end', async () => {
    const preview = await get('/api/v1/silences/preview?placeIds=kolda');
    assert.deepEqual(preview.keys, ['place-late/kolda', 'place-missing/kolda']);
    assert.deepEqual((await get('/api/v1/silences/preview?placeIds=dakar')).keys, []);
    const endsAt = toRfc3339(folder.clock.now() + HOUR_MS);
    const made = await post('/api/v1/silences', { placeIds: ['kolda'], endsAt, reason: 'a new mast' });
    assert.equal(made.statusCode, 200, made.payload);
    const { id, matches, author } = silenceReply.parse(made.json());
    assert.deepEqual(matches, preview);
    assert.match(author, /^token ops/);
    await watchFor(1);
    assert.equal((await get('/api/v1/alerts')).items[0].state, 'muted');
    const listed = silencesReply.parse(await get('/api/v1/silences'));
    assert.deepEqual(
      listed.items.map((one) => [one.id, one.inForce]),
      [[id, true]],
    );
    const ended = await post(`/api/v1/silences/${id}/end`, {});
    assert.equal(ended.json().inForce, false);
    assert.deepEqual((await get('/api/v1/silences')).items, []);
    assert.equal((await get('/api/v1/silences?state=all')).items.length, 1);
    await watchFor(1);
    const { items } = await get('/api/v1/alerts/history?limit=1');
    assert.equal(items[0].news, 'reminder');
    assert.deepEqual(
      (await auditLog(folder.store.documents, 2)).map(({ what, target, why }) => [what, target, why]),
      [
        ['silence.end', id, null],
        ['silence.create', id, 'a new mast'],
      ],
    );
  });

  it('are refused without an end or a reason, and with places or rules that do not exist', async () => {
    const good = { endsAt: toRfc3339(folder.clock.now() + HOUR_MS), reason: 'works' };
    for (const [status, field, body] of [
      [400, 'reason', { endsAt: good.endsAt }],
      [400, 'endsAt', { reason: 'works' }],
      [400, 'endsAt', { ...good, endsAt: 'soon' }],
      [422, 'endsAt', { ...good, endsAt: '2020-01-01' }],
      [422, 'placeIds', { ...good, placeIds: ['nowhere'] }],
      [422, 'rules', { ...good, rules: ['nothing'] }],
      [400, 'until', { ...good, until: 'x' }],
    ] as const) {
      const reply = await post('/api/v1/silences', body);
      assert.deepEqual([reply.statusCode, reply.json().field], [status, field], reply.payload);
    }
    assert.equal((await post('/api/v1/silences', good, 'hmt_00000000_x')).statusCode, 401);
    assert.equal((await post('/api/v1/silences/none/end', {})).statusCode, 404);
  });
});

describe('alerts as live events', () => {
  it('come once each, after those that were there before', async () => {
    const stop = new AbortController();
    const blocks: MarkedAlert[] = [];
    const mark = await newestMark(folder.store.documents);
    const following = followAlerts(folder.input, mark, (alert) => void blocks.push(alert), stop.signal);
    const settle = async () => {
      for (let turn = 0; turn < 50; turn++) await setImmediate();
    };
    await settle();
    assert.equal(blocks.length, 0);
    const at = folder.clock.now() + SECOND_MS;
    const value = { kind: 'news', at, news: 'firing', alertId: 'k7f2', rule: 'disk-low', places: [], channels: [] };
    const key = `${String(at).padStart(15, '0')}/0000`;
    await folder.store.documents.commit([{ collection: 'alert-history', key, value, version: null }]);
    for (let look = 0; look < 3; look++) {
      await folder.clock.advanceBy(2 * SECOND_MS);
      await settle();
    }
    stop.abort();
    await folder.clock.advanceBy(2 * SECOND_MS);
    await following;
    assert.equal(blocks.length, 1);
    assert.match(blocks[0]?.data ?? '', /"alertId":"k7f2"/);
    assert.deepEqual(blocks[0]?.mark, { atMs: at, heard: 1 });
  });
});

describe('ended alerts over HTTP', () => {
  it('have mean times from their start to the first message and to their end', async () => {
    const { store, clock } = folder;
    const validAt = clock.now() - 30 * SECOND_MS;
    const latest = (await store.observations.latest(['dakar'])).get('dakar');
    assert.ok(latest);
    const { corrections: _, ...reading } = latest;
    const arrival = { ...reading, placeId: 'kolda', validAt, slotAt: validAt, receivedAt: validAt };
    await store.ingest.commit({
      journalId: folder.journal.id,
      group: 'process',
      positions: [],
      arrivals: [{ observation: arrival, partition: 0, offset: 99_999, item: 0 }],
      slots: [],
      quarantined: [],
      providerForecasts: [],
      at: clock.now(),
    });
    await watchFor(6);
    assert.ok(!(await get('/api/v1/alerts')).items.some(({ about }: { about: string[] }) => about.includes('kolda')));
    const { items, meanTimes } = alertsReply.parse(await get('/api/v1/alerts?state=ended'));
    const [one] = items.filter(({ about }) => about.includes('kolda'));
    assert.equal(one?.state, 'ended');
    assert.ok(meanTimes.alerts >= 1 && (meanTimes.toResolveSeconds ?? 0) > (meanTimes.toDetectSeconds ?? 0));
  });
});
