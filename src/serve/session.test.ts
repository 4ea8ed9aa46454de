import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { HOUR_MS } from '../core/time.ts';
import { auditLog } from './audit-log.ts';
import { NOW, type SeededFolder, seededFolder } from './seeded.test.ts';
import type { ServeApp } from './served.ts';
import { serveApp } from './server.ts';
import { createToken, revokeToken } from './token.ts';

let folder: SeededFolder;
let app: ServeApp;
let token = '';
let id = '';

before(async () => {
  folder = await seededFolder({});
  app = await serveApp(folder.input);
  const made = await createToken(folder.store.documents, { name: 'ops', scopes: ['alerts'], now: NOW });
  [token, id] = [made.token, made.kept.id];
});
after(async () => {
  await app.close();
  await folder.close();
});

const OURS = { 'sec-fetch-site': 'same-origin' };
const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, payload, headers });
/** The cookie as a browser sends it back. */
async function loggedIn(): Promise<string> {
  const reply = await post('/api/v1/session', { token }, OURS);
  assert.equal(reply.statusCode, 200, reply.payload);
  return String(reply.headers['set-cookie']).split(';')[0] ?? '';
}
const silence = () => ({
  rules: ['place-late'],
  reason: 'works on the mast',
  endsAt: new Date(folder.clock.now() + HOUR_MS).toISOString(),
});

it('stands for a token where a page of this site asks, and says who is there', async () => {
  const cookie = await loggedIn();
  const { who, endsAt } = (await app.inject({ url: '/api/v1/session', headers: { cookie } })).json();
  assert.deepEqual([who, Date.parse(endsAt) - folder.clock.now()], [{ name: 'ops', scopes: ['alerts'] }, 12 * HOUR_MS]);
  const made = await post('/api/v1/silences', silence(), { cookie, ...OURS });
  assert.equal(made.statusCode, 200, made.payload);
  assert.equal(made.json().author, `token ops (${id})`);
  const log = await app.inject({ url: '/api/v1/audit', headers: { cookie } });
  assert.deepEqual(
    log.json().items.map(({ what }: { what: string }) => what),
    ['silence.create', 'session.begin'],
  );
});

it('is a cookie that no script reads and no other site can make a browser send', async () => {
  const headersOf = async (more: object) =>
    String(
      (await app.inject({ method: 'POST', url: '/api/v1/session', payload: { token }, headers: OURS, ...more }))
        .headers['set-cookie'],
    );
  assert.match(
    await headersOf({}),
    /^session=\d+\.[A-Za-z0-9_-]{43}; Path=\/; Max-Age=43200; SameSite=Strict; HttpOnly$/,
  );
  assert.ok(!(await headersOf({})).includes(token));
});

it('changes nothing for another site, for who says nothing of where it comes from, and beyond the token’s scope', async () => {
  const cookie = await loggedIn();
  for (const headers of [
    {},
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
  ])
    assert.equal((await post('/api/v1/silences', silence(), { cookie, ...headers })).statusCode, 403);
  const beyond = await post('/api/v1/quarantine/replay', { dryRun: true }, { cookie, ...OURS });
  assert.equal(beyond.statusCode, 403, beyond.payload);
  const origin = { origin: 'http://localhost:4000', host: 'localhost:4000' };
  assert.equal((await post('/api/v1/silences', silence(), { cookie, ...origin })).statusCode, 200);
});

it('is begun by a living token alone, and from this site alone', async () => {
  assert.equal((await post('/api/v1/session', { token: 'hmt_00000000_x' }, OURS)).statusCode, 401);
  assert.equal((await post('/api/v1/session', { token }, { 'sec-fetch-site': 'cross-site' })).statusCode, 403);
  const empty = await post('/api/v1/session', {}, OURS);
  assert.deepEqual([empty.statusCode, empty.json().field], [400, 'token']);
});

it('ends when it is ended, in time, and with its token', async () => {
  const write = async (cookie: string) => (await post('/api/v1/silences', silence(), { cookie, ...OURS })).statusCode;
  const [one, other] = [await loggedIn(), await loggedIn()];
  const out = await post('/api/v1/session/end', {}, { cookie: one, ...OURS });
  assert.match(String(out.headers['set-cookie']), /^session=; Path=\/; Max-Age=0; /);
  assert.deepEqual([await write(one), await write(other)], [401, 200]);
  for (const wrong of ['session=', 'session=x', `session=${folder.clock.now() + HOUR_MS}.${'a'.repeat(43)}`])
    assert.equal(await write(wrong), 401, wrong);
  folder.clock.set(folder.clock.now() + 12 * HOUR_MS);
  assert.equal(await write(other), 401);
  const third = await loggedIn();
  await revokeToken(folder.store.documents, id, folder.clock.now());
  assert.equal(await write(third), 401);
  assert.equal((await app.inject({ url: '/api/v1/session', headers: { cookie: third } })).json().who, null);
  const kept = JSON.stringify(await folder.store.documents.list('sessions', { limit: 100 }));
  assert.ok(!kept.includes(third.slice(third.indexOf('.') + 1)));
  assert.ok((await auditLog(folder.store.documents, 1))[0]?.what === 'session.begin');
});
