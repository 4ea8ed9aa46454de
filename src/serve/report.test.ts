import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MINUTE_MS, toRfc3339 } from '../core/time.ts';
import { auditLog } from './audit-log.ts';
import { NOW, type SeededFolder, seededFolder } from './seeded.test.ts';
import type { ServeApp } from './served.ts';
import { serveApp } from './server.ts';
import { createToken } from './token.ts';

let folder: SeededFolder;
let app: ServeApp;
let token = '';
before(async () => {
  folder = await seededFolder({ days: 0 });
  app = await serveApp(folder.input);
  ({ token } = await createToken(folder.store.documents, { name: 'mast', scopes: ['observations'], now: NOW }));
});
after(async () => {
  await app.close();
  await folder.close();
});

const post = (payload: unknown, { id = 'kolda', authorization = `Bearer ${token}` } = {}) =>
  app.inject({
    method: 'POST',
    url: `/api/v1/places/${id}/observations`,
    headers: { authorization, 'content-type': 'application/json' },
    payload: JSON.stringify(payload),
  });
const at = (minutesAgo: number) => toRfc3339(NOW - minutesAgo * MINUTE_MS);

test('one reading or several go into the journal as true observations without a slot', async () => {
  const one = await post({ validAt: at(3), temperatureC: 31.4, humidityPct: 40, windGustMps: null });
  assert.equal(one.statusCode, 202, one.payload);
  assert.deepEqual(one.json(), { accepted: 1 });
  const several = await post([
    { validAt: at(20), temperatureC: 30 },
    { validAt: at(10), temperatureC: 31 },
  ]);
  assert.deepEqual(several.json(), { accepted: 2 });
  const { items } = await folder.journal.browse({ topic: 'observations', limit: 10 });
  const records = items.map(({ key, value }) => ({ key, ...JSON.parse(Buffer.from(value).toString())[0] }));
  assert.deepEqual(
    records.map(({ key, data_temp, hmt_source, hmt_kind, hmt_slotAt }) => [
      key,
      data_temp,
      hmt_source,
      hmt_kind,
      hmt_slotAt,
    ]),
    [
      ['kolda', 31.4, 'operator', 'observation', undefined],
      ['kolda', 30, 'operator', 'observation', undefined],
      ['kolda', 31, 'operator', 'observation', undefined],
    ],
  );
  const [entry] = await auditLog(folder.store.documents, 1);
  assert.deepEqual([entry?.what, entry?.target], ['observation.report', 'kolda']);
});

test('nothing is taken without a token, and nothing of a body with one wrong reading', async () => {
  const before = (await folder.journal.browse({ topic: 'observations', limit: 100 })).items.length;
  assert.equal((await post({ validAt: at(1), temperatureC: 30 }, { authorization: '' })).statusCode, 401);
  assert.equal((await post({ validAt: at(1), temperatureC: 30 }, { id: 'atlantis' })).statusCode, 404);
  const good = { validAt: at(1), temperatureC: 30 };
  for (const [body, field] of [
    [[], 'body'],
    ['text', 'body'],
    [{ validAt: at(1) }, 'temperatureC'],
    [{ ...good, temperatureC: '30' }, 'temperatureC'],
    [{ ...good, temperatureC: 303.15 }, 'temperatureC'],
    [{ ...good, humidityPct: 140 }, 'humidityPct'],
    [{ ...good, temperatureF: 86 }, 'temperatureF'],
    [{ ...good, validAt: '2026-07-22 12:00' }, 'validAt'],
    [{ ...good, validAt: at(-60) }, 'validAt'],
    [[good, { ...good, temperatureC: null }], '1.temperatureC'],
    [[good, { ...good, validAt: at(-11) }], '1.validAt'],
    [Array.from({ length: 1001 }, () => good), 'body'],
  ] as const) {
    const reply = await post(body);
    assert.equal(reply.statusCode, 400, reply.payload);
    assert.equal(reply.json().field, field);
  }
  assert.equal((await folder.journal.browse({ topic: 'observations', limit: 100 })).items.length, before);
});
