import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import * as contract from './contract.ts';
import { originalPrediction, originalWeather } from './original-contract.ts';
import { scorecardReply } from './scorecard-contract.ts';
import { type SeededFolder, seededFolder } from './seeded.test.ts';
import type { ServeApp } from './served.ts';
import { serveApp } from './server.ts';

let folder: SeededFolder;
let app: ServeApp;

before(async () => {
  folder = await seededFolder({ nature: 'simulated', program: { mode: 'demo' } });
  app = await serveApp(folder.input);
});
after(async () => {
  await app.close();
  await folder.close();
});

const get = async (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
const json = async (url: string) => (await get(url)).json();

/** Objects with a known set of members refuse any other here, though a client would let them pass. */
function strictly(schema: z.ZodType): z.ZodType {
  const definition = schema as unknown as { strict?: () => z.ZodType };
  return definition.strict ? definition.strict() : schema;
}

for (const [url, schema] of [
  ['/healthz', contract.health],
  ['/readyz', contract.readiness],
  ['/api/v1/places', contract.placesReply],
  ['/api/v1/places/dakar', contract.placeDetail.extend({ attribution: contract.placesReply.shape.attribution })],
  ['/api/v1/places/dakar/observations', contract.observationsReply],
  ['/api/v1/places/dakar/observations/latest', contract.observation],
  ['/api/v1/places/dakar/history?quantity=windSpeedMps&points=10', contract.historyReply],
  ['/api/v1/places/dakar/forecast', contract.forecastReply],
  ['/api/v1/places/dakar/scorecard?days=7', scorecardReply],
  ['/api/v1/slots?place=kaolack', contract.slotsReply],
  ['/api/v1/status', contract.statusReply],
  ['/api/v1/messages', contract.messagesReply],
  ['/api/v1/quarantine', contract.quarantineReply],
  ['/weather/Dakar', originalWeather.array()],
  ['/predictions/Dakar', originalPrediction.array()],
] as const)
  test(`${url} answers as its contract says`, async () => {
    const reply = await get(url);
    assert.equal(reply.statusCode, 200, reply.payload);
    const result = strictly(schema).safeParse(reply.json());
    assert.ok(result.success, result.success ? '' : JSON.stringify(result.error.issues.slice(0, 3)));
    assert.equal(reply.headers['harmattan-simulated'], 'true');
    assert.equal(reply.headers['access-control-allow-origin'], '*');
    assert.match(String(reply.headers.link), /open-meteo\.com.*rel="license"/);
  });

test('pages of observations join without a hole or a double', async () => {
  const whole = (await json('/api/v1/places/dakar/observations?limit=500')).items;
  const joined: { validAt: string }[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: { validAt: string }[]; nextCursor: string | null } = await json(
      `/api/v1/places/dakar/observations?limit=7${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    joined.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  assert.deepEqual(joined, whole);
  assert.ok(joined.length > 90);
  assert.deepEqual(
    [...joined].map(({ validAt }) => validAt).sort(),
    joined.map(({ validAt }) => validAt),
  );
});

test('pages of places, slots and messages join too', async () => {
  for (const [path, key] of [
    ['/api/v1/places', 'id'],
    ['/api/v1/slots', 'slotAt'],
    ['/api/v1/messages', 'id'],
  ] as const) {
    const whole = (await json(`${path}?limit=500`)).items.map((item: Record<string, string>) => item[key]);
    const joined: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await json(`${path}?limit=5${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      joined.push(...page.items.map((item: Record<string, string>) => item[key]));
      cursor = joined.length < whole.length ? page.nextCursor : null;
    } while (cursor !== null);
    assert.deepEqual(joined.slice(0, whole.length), whole, path);
  }
});

test('a missing quantity is null, never 0, and units stand in the names', async () => {
  const latest = await json('/api/v1/places/dakar/observations/latest');
  assert.equal(latest.uvIndex, null);
  assert.equal(typeof latest.temperatureC, 'number');
  assert.equal(latest.validAt, '2026-07-22T12:45:00Z');
  assert.equal(latest.kind, 'analysis');
});

test('a forecast is cut at its horizon, and a past vintage is what was said then', async () => {
  const newest = await json('/api/v1/places/dakar/forecast?horizon=6');
  assert.equal(newest.issuedAt, '2026-07-22T12:45:00Z');
  assert.equal(newest.hours.length, 6);
  assert.equal(newest.hours[0].quantilesC.length, newest.levels.length);
  const past = await json('/api/v1/places/dakar/forecast?issuedAt=2026-07-22T05:00:00Z');
  assert.equal(past.issuedAt, '2026-07-22T04:45:00Z');
  const none = await get('/api/v1/places/dakar/forecast?issuedAt=1999-01-01');
  assert.equal(none.statusCode, 404);
  assert.equal(none.json().code, 'HMT_FORECAST_NONE');
});

test('the original page finds now as the last weather and the next three hours as the last three predictions', async () => {
  const weather = await json('/weather/Saint-Louis');
  assert.equal(weather.at(-1).timestamp, '2026-07-22 12:45:00');
  assert.equal(weather.at(-1).region, 'Saint-Louis');
  assert.ok(weather.length > 90);
  const predictions = await json('/predictions/Saint-Louis');
  assert.deepEqual(
    predictions.slice(-3).map(({ timestamp }: { timestamp: string }) => timestamp),
    ['2026-07-22 13:00:00', '2026-07-22 14:00:00', '2026-07-22 15:00:00'],
  );
  const stamps = predictions.map(({ timestamp }: { timestamp: string }) => timestamp);
  assert.deepEqual([...new Set(stamps)].sort(), stamps);
});

test('a region is found whatever its accents, case and spaces', async () => {
  for (const name of ['Thiès', 'THIES', 'thies', 'cap skirring', 'Cap-Skirring', 'Saint Louis', 'kedougou', 'Kédougou'])
    assert.equal((await get(`/weather/${encodeURIComponent(name)}?limit=1`)).statusCode, 200, name);
  assert.equal((await get('/weather/Paris')).json().field, 'region');
});

test('limit keeps the newest rows of the original paths', async () => {
  const [row] = await json('/weather/Dakar?limit=1');
  assert.equal(row.timestamp, '2026-07-22 12:45:00');
  assert.equal((await json('/predictions/Dakar?limit=2')).length, 2);
});

test('a message that is no UTF-8 is shown in base64, and quarantine by its reason', async () => {
  const { items, counts } = await json('/api/v1/quarantine?code=HMT_PROCESS_NOT_JSON');
  assert.equal(items.length, 1);
  assert.equal(items[0].value, null);
  assert.equal(items[0].valueBase64, '//4A');
  assert.equal(counts.HMT_PROCESS_PLACE_UNKNOWN, 1);
});

test('who has a reply already is told so', async () => {
  const first = await get('/api/v1/places/dakar/observations');
  const again = await get('/api/v1/places/dakar/observations', { 'if-none-match': String(first.headers.etag) });
  assert.equal(again.statusCode, 304);
  assert.equal(again.payload, '');
  assert.equal(first.headers['cache-control'], 'no-cache');
});

test('long replies are compressed for those who can read it', async () => {
  const reply = await get('/api/v1/places', { 'accept-encoding': 'gzip' });
  assert.equal(reply.headers['content-encoding'], 'gzip');
  assert.match(String(reply.headers.vary), /accept-encoding/i);
});

test('readiness says what is missing', async () => {
  const busy = await serveApp({
    ...folder.input,
    program: { ...folder.input.program, reasons: async () => ['Back-filling: 40 %.'] },
  });
  const reply = await busy.inject('/readyz');
  assert.equal(reply.statusCode, 503);
  assert.deepEqual(reply.json(), { ready: false, reasons: ['Back-filling: 40 %.'] });
  assert.equal((await busy.inject('/healthz')).statusCode, 200);
  await busy.close();
});

test('in the offline demo the original paths say that nothing is real', async () => {
  const offline = await serveApp({ ...folder.input, program: { ...folder.input.program, mode: 'offline-demo' } });
  for (const url of ['/weather/Dakar', '/predictions/Dakar']) {
    const reply = await offline.inject(url);
    assert.equal(reply.statusCode, 503);
    assert.equal(reply.json().code, 'HMT_HTTP_SIMULATED');
    assert.equal(reply.headers['access-control-allow-origin'], '*');
  }
  await offline.close();
});

test('a live folder is not marked as simulated', async () => {
  const live = await seededFolder({ days: 0 });
  const bare = await serveApp(live.input);
  const reply = await bare.inject('/api/v1/status');
  assert.equal(reply.headers['harmattan-simulated'], undefined);
  assert.equal(reply.json().simulated, false);
  assert.equal((await bare.inject('/api/v1/places/dakar')).json().state, 'empty');
  assert.equal((await bare.inject('/api/v1/places/dakar/observations/latest')).statusCode, 404);
  await bare.close();
  await live.close();
});
