import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fastify from 'fastify';
import { outboxWorld } from '../watch/outbox-world.contract.ts';
import { auditLog } from './audit-log.ts';
import { asRequestError, sendProblem } from './problem.ts';
import { createToken, revokeToken, SCOPES, tokenOf, tokens } from './token.ts';
import { mayWrite, noteWrite } from './writers.ts';

const NOW = Date.UTC(2026, 10, 23);

async function documentsFor(test: { after(done: () => Promise<void>): void }) {
  const world = await outboxWorld();
  test.after(() => world.remove());
  return world;
}

describe('tokens', () => {
  it('are shown once and kept as a hash', async (test) => {
    const { store } = await documentsFor(test);
    const { token, kept } = await createToken(store.documents, { name: 'ops page', now: NOW });
    assert.match(token, /^hmt_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(kept.scopes, SCOPES);
    const stored = JSON.stringify(await tokens(store.documents));
    assert.ok(!stored.includes(token.slice(13)));
    assert.deepEqual(await tokenOf(store.documents, token), kept);
  });

  it('are no others: not a changed one, not the id of one, not a revoked one', async (test) => {
    const { store } = await documentsFor(test);
    const { token, kept } = await createToken(store.documents, { name: 'ops', now: NOW });
    const last = token.endsWith('A') ? 'B' : 'A';
    for (const wrong of [
      '',
      kept.id,
      `hmt_${kept.id}_`,
      token.slice(0, -1) + last,
      `hmt_00000000_${token.slice(13)}`,
      `${token} `,
    ])
      assert.equal(await tokenOf(store.documents, wrong), null, wrong);
    await revokeToken(store.documents, kept.id, NOW + 1);
    assert.equal(await tokenOf(store.documents, token), null);
    assert.equal((await tokens(store.documents))[0]?.revokedAt, NOW + 1);
  });

  it('need a name of their own and scopes that exist', async (test) => {
    const { store } = await documentsFor(test);
    const { kept } = await createToken(store.documents, { name: 'ops', scopes: ['alerts'], now: NOW });
    for (const part of [
      { name: 'ops' },
      { name: '' },
      { name: 'x'.repeat(61) },
      { name: 'a', scopes: ['all'] },
      { name: 'a', scopes: [] },
    ])
      await assert.rejects(createToken(store.documents, { now: NOW, ...part }), { code: 'HMT_TOKEN_INVALID' });
    await revokeToken(store.documents, kept.id, NOW);
    await createToken(store.documents, { name: 'ops', now: NOW });
    await assert.rejects(revokeToken(store.documents, '../etc', NOW), { code: 'HMT_TOKEN_UNKNOWN' });
  });
});

describe('a route that writes', () => {
  it('answers a stranger 401, a wrong scope or another site 403, and notes who did what and why', async (test) => {
    const { store, clock } = await documentsFor(test);
    const app = fastify();
    app.setErrorHandler((thrown, _request, reply) => sendProblem(reply, asRequestError(thrown)));
    const served = { store, clock };
    app.post('/x', { onRequest: mayWrite(served, 'alerts') }, async (request) => {
      await noteWrite(served, request, 'silence.create', 's1', 'works on the mast');
      return { ok: true };
    });
    const { token, kept } = await createToken(store.documents, { name: 'ops', scopes: ['alerts'], now: NOW });
    const { token: other } = await createToken(store.documents, { name: 'sender', scopes: ['observations'], now: NOW });
    const post = async (headers: Record<string, string>) => {
      const reply = await app.inject({ method: 'POST', url: '/x', headers });
      return [reply.statusCode, reply.json().code ?? null, reply.headers['www-authenticate'] ?? null];
    };
    const bearer = { authorization: `Bearer ${token}` };
    const stranger = [401, 'HMT_HTTP_UNAUTHORISED', 'Bearer realm="harmattan"'];
    assert.deepEqual(await post({}), stranger);
    assert.deepEqual(await post({ authorization: `Basic ${token}` }), stranger);
    assert.deepEqual(await post({ authorization: 'Bearer hmt_00000000_x' }), stranger);
    const forbidden = [403, 'HMT_HTTP_FORBIDDEN', null];
    assert.deepEqual(await post({ authorization: `Bearer ${other}` }), forbidden);
    assert.deepEqual(await post({ ...bearer, 'sec-fetch-site': 'cross-site' }), forbidden);
    assert.deepEqual(await post({ ...bearer, origin: 'https://elsewhere.example' }), forbidden);
    assert.deepEqual(await post({ ...bearer, origin: 'null' }), forbidden);
    assert.equal((await auditLog(store.documents, 10)).length, 0);
    for (const headers of [
      bearer,
      { ...bearer, 'sec-fetch-site': 'same-origin' },
      { ...bearer, origin: 'http://localhost:4000', host: 'localhost:4000' },
    ])
      assert.equal((await post(headers))[0], 200, JSON.stringify(headers));
    const [entry] = await auditLog(store.documents, 10);
    assert.deepEqual(entry, {
      at: clock.now(),
      who: `token ops (${kept.id})`,
      what: 'silence.create',
      target: 's1',
      why: 'works on the mast',
    });
  });
});
