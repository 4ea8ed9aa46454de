import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { MINUTE_MS, SECOND_MS } from '../core/time.ts';
import type { AlertsDryRun } from '../watch/alert-desk.ts';
import { watchOptions } from '../watch/config.ts';
import { watchStage } from '../watch/watch-stage.ts';
import { auditLog } from './audit-log.ts';
import { NOW, PLACES, type SeededFolder, seededFolder } from './seeded.test.ts';
import type { ServeApp } from './served.ts';
import { serveApp } from './server.ts';
import { createToken } from './token.ts';

let folder: SeededFolder;
let app: ServeApp;
let token = '';
const tokens: Record<string, string> = {};
/** What a dry run would find. */
let told: AlertsDryRun['alerts'] = [];

before(async () => {
  folder = await seededFolder({
    holes: { kolda: 6 },
    program: {
      channels: ['slack'],
      alertsDryRun: async ({ from, to }) => ({
        from: from ?? NOW,
        to: to ?? NOW,
        alerts: told,
        sent: [],
        original: told.length === 0 ? [] : [{ from: NOW, to: NOW, messages: 3 }],
        signalsFrom: told.length === 0 ? null : NOW - MINUTE_MS,
      }),
    },
  });
  app = await serveApp(folder.input);
  const { documents } = folder.store;
  token = (await createToken(documents, { name: 'ops', scopes: ['alerts'], now: NOW })).token;
  tokens.quarantine = (await createToken(documents, { name: 'other', scopes: ['quarantine'], now: NOW })).token;
  const watch = watchStage({
    store: folder.store,
    places: PLACES,
    options: watchOptions.parse({ aliveAt: null, rules: { 'forecast-missing': { enabled: false } } }),
    context: { clock: folder.clock, logger: silentLogger, meter: silentMeter, random: () => 0.5 },
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
  for (let tick = 0; tick < 4; tick++) {
    folder.clock.set(folder.clock.now() + 30 * SECOND_MS);
    await watch.tick(folder.clock.now());
  }
});
after(async () => {
  await app.close();
  await folder.close();
});

const PAGE = '/fr/exploitation/alertes';
const send = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: PAGE,
    payload: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
const alertId = async () => (await app.inject('/api/v1/alerts')).json().items[0].id as string;

it('shows what lasts, in both languages, with a way to silence it', async () => {
  const id = await alertId();
  for (const [path, words] of [
    [PAGE, ['Données manquantes\u00a0: Kolda', 'Rien n’est en sourdine', 'slack : fonctionne, 1 message attend']],
    ['/en/exploitation/alertes', ['Data missing: Kolda', 'Nothing is silenced', 'slack: works, 1 message waits']],
  ] as const) {
    const { statusCode, payload, headers } = await app.inject(path);
    assert.equal(statusCode, 200);
    for (const word of words) assert.ok(payload.includes(word), `${path}: ${word}\n${payload}`);
    assert.ok(payload.includes(`${path}?silence=${id}&amp;hours=2`));
    assert.equal(headers['cache-control'], 'no-store');
    assert.doesNotMatch(payload, /<script/);
  }
});

it('is what a message’s link opens: what would be quiet, and a form', async () => {
  const { payload } = await app.inject(`${PAGE}?silence=${await alertId()}&hours=2`);
  assert.match(payload, /Données en retard \(Kolda\), Données manquantes \(Kolda\)/);
  assert.match(payload, /<input name="hours"[^>]*value="2"/);
  const gone = await app.inject(`${PAGE}?silence=%3Cb%3E&hours=x&done=y`);
  assert.equal(gone.statusCode, 200);
  assert.match(gone.payload, /L’alerte &lt;b&gt; n’est plus en cours/);
});

it('takes a form only with a token of the scope, and from this site', async () => {
  const id = await alertId();
  const good = { action: 'silence', id, hours: '2', reason: 'a new mast' };
  for (const [status, fields, headers] of [
    [401, { ...good, token: '' }, {}],
    [401, { ...good, token: 'hmt_00000000_x' }, {}],
    [403, { ...good, token: tokens.quarantine ?? '' }, {}],
    [403, { ...good, token }, { 'sec-fetch-site': 'cross-site' }],
    [400, { ...good, token, action: 'delete' }, {}],
    [422, { ...good, token, reason: ' ' }, {}],
    [404, { ...good, token, id: 'none' }, {}],
  ] as const) {
    const reply = await send(fields, headers);
    assert.equal(reply.statusCode, status, reply.payload);
    assert.match(reply.payload, /role="alert"/);
    assert.ok(!reply.payload.includes(token));
  }
  assert.deepEqual((await app.inject('/api/v1/silences')).json().items, []);
});

it('silences lateness with what it can become, ends it, and hands the alert to somebody', async () => {
  const id = await alertId();
  const made = await send({ action: 'silence', id, token, hours: '1.5', reason: 'a new mast' });
  assert.equal(made.statusCode, 303, made.payload);
  const [silence] = (await app.inject('/api/v1/silences')).json().items;
  assert.deepEqual(
    [silence.rules, silence.placeIds, Date.parse(silence.endsAt) - folder.clock.now()],
    [['place-late', 'place-missing', 'place-never'], ['kolda'], 90 * MINUTE_MS],
  );
  const shown = await app.inject(String(made.headers.location));
  assert.match(shown.payload, /role="status">C’est en sourdine jusqu’au 22\/07/);
  assert.match(shown.payload, /Kolda, jusqu’au 22\/07 [0-9:]+, par token ops \([0-9a-f]+\) : a new mast/);
  assert.equal((await send({ action: 'end', id: silence.id, token })).statusCode, 303);
  assert.deepEqual((await app.inject('/api/v1/silences')).json().items, []);
  assert.equal((await send({ action: 'acknowledge', id, token })).statusCode, 303);
  assert.match((await app.inject(PAGE)).payload, /prise en charge par token ops/);
  assert.deepEqual((await auditLog(folder.store.documents, 9)).map(({ what }) => what).sort(), [
    'alert.acknowledge',
    'silence.create',
    'silence.end',
  ]);
});

it('asks who has logged in for no token, and who has logged out for one again', async () => {
  const id = await alertId();
  const wrong = await send({ action: 'login', id: '-', token: 'hmt_00000000_x' });
  assert.equal(wrong.statusCode, 401);
  const ours = { 'sec-fetch-site': 'same-origin' };
  const inside = await send({ action: 'login', id: '-', token }, ours);
  assert.equal(inside.statusCode, 303, inside.payload);
  const cookie = String(inside.headers['set-cookie']).split(';')[0] ?? '';
  const page = await app.inject({ url: `${PAGE}?silence=${id}`, headers: { cookie } });
  assert.match(page.payload, /avec le jeton «\u00a0ops\u00a0»/);
  assert.doesNotMatch(page.payload, /name="token"/);
  const wanted = { action: 'silence', id, hours: '1', reason: 'a new mast' };
  assert.equal((await send(wanted, { cookie })).statusCode, 403);
  assert.equal((await send(wanted, { cookie, ...ours })).statusCode, 303);
  const out = await send({ action: 'logout', id: '-' }, { cookie, ...ours });
  assert.equal(out.headers.location, `${PAGE}?done=logout`);
  assert.equal((await send(wanted, { cookie, ...ours })).statusCode, 401);
  assert.match((await app.inject({ url: PAGE, headers: { cookie } })).payload, /name="token"/);
});

it('sends a test message to a channel and says what became of it', async () => {
  assert.match((await app.inject(PAGE)).payload, /Envoyer un message d’essai/);
  const arrived = await send({ action: 'test', id: 'slack', token });
  assert.equal(arrived.statusCode, 200);
  assert.match(arrived.payload, /role="status">slack : le message d’essai est arrivé/);
  assert.equal((await send({ action: 'test', id: 'slack', token: '' })).statusCode, 401);
  assert.equal((await auditLog(folder.store.documents, 1))[0]?.what, 'channel.test');
});

it('tries the rules on a stretch of the past, and says what they would have told', async () => {
  const asked = { action: 'dry-run', id: '-', token, from: '2026-07-22T00:00', to: '2026-07-22T12:30' };
  const nothing = await send(asked);
  assert.equal(nothing.statusCode, 200, nothing.payload);
  assert.match(nothing.payload, /il n’y a pas de passé à essayer/);
  told = [{ at: NOW, rule: 'place-late', state: 'firing', alertId: 'k7f2', places: ['kolda'] }];
  const { payload } = await send(asked);
  assert.match(payload, /1 message ; envoyés alors : 0 ; la règle d’origine en aurait envoyé 3\./);
  assert.match(payload, /<td>22\/07 12:49<\/td><td>début<\/td><td>Données en retard<\/td><td>Kolda<\/td>/);
  assert.match(payload, /<input name="from" type="datetime-local" value="2026-07-22T00:00"/);
  assert.equal((await send({ ...asked, from: 'soon' })).statusCode, 400);
  assert.equal((await send({ ...asked, token: '' })).statusCode, 401);
});
