import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HarmattanError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { silentMeter } from '../../core/meter.ts';
import { seededRandom } from '../../core/random.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, manualClock } from '../../core/time.ts';
import type { TransportRequest } from '../../core/transport.ts';
import { type Place, parsePlaces } from '../../weather/place.ts';
import type { SourceContext } from '../source.ts';
import { UndecodableError } from '../undecodable.ts';
import { type OpenWeatherMapOptions, openWeatherMapOptions } from './config.ts';
import { openWeatherMapSource } from './source.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const BAD_KEY =
  '{"cod":401,"message":"Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."}';
const NOT_SUBSCRIBED =
  '{"cod":401, "message": "Please note that using One Call 3.0 requires a separate subscription to the One Call by Call plan."}';
const text = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const [dakar, thies] = parsePlaces([
  { name: 'Dakar', latitude: 14.7333, longitude: -17.5 },
  { name: 'Thies', latitude: 14.7948093, longitude: -16.9529272 },
]) as [Place, Place];

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A provider whose answers follow from the address. */
function provider(now: Instant, answer: (url: URL) => Answer | string) {
  const clock = manualClock(now);
  const calls: TransportRequest[] = [];
  const context: SourceContext = {
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    meter: silentMeter,
    signal: new AbortController().signal,
    transport: async (request) => {
      calls.push(request);
      const given = answer(new URL(request.url));
      const { status, headers, body } = typeof given === 'string' ? { body: given } : given;
      return { status: status ?? 200, headers: headers ?? {}, body: Buffer.from(body) };
    },
  };
  return { clock, calls, context, paths: () => calls.map(({ url }) => new URL(url).pathname) };
}

const source = (options: Partial<OpenWeatherMapOptions>) =>
  openWeatherMapSource({ ...openWeatherMapOptions.parse({}), key: KEY, ...options });

/** The error of a call, which never holds the key. */
async function failureOf(call: Promise<unknown>): Promise<HarmattanError> {
  const error = await call.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HarmattanError, String(error));
  const { body, ...rest } = error as HarmattanError & { body?: Uint8Array };
  assert.equal(`${error.stack}${JSON.stringify(rest)}${String(error.cause)}`.includes(KEY), false);
  assert.equal(Buffer.from(body ?? []).includes(KEY), false);
  return error;
}

const weatherAt = (at: Instant, changes: object = {}) =>
  JSON.stringify({ ...JSON.parse(text('zocca-weather-2022-08-30.json')), dt: at / 1000, ...changes });
const recordAt = (at: Instant, changes: object = {}) => ({
  ...JSON.parse(text('record-2024-04-25.json')),
  dt: at / 1000,
  ...changes,
});
const SLOT_AT = Date.parse('2026-07-22T12:00:00Z');

test('2.5 asks for the present weather in metric units; its valid time is that of the calculation', async () => {
  const { calls, context } = provider(SLOT_AT + 9000, () => weatherAt(SLOT_AT - 4 * MINUTE_MS));
  const result = await source({ product: '2.5', contact: 'ops@example.org' }).fetch([thies], SLOT_AT, context);
  assert.equal(
    calls[0]?.url,
    `https://api.openweathermap.org/data/2.5/weather?lat=14.7948&lon=-16.9529&units=metric&appid=${KEY}`,
  );
  assert.match(calls[0]?.headers['user-agent'] ?? '', /^harmattan\/\d+\.\d+\.\d+ ops@example\.org$/);
  const [reading] = result.readings;
  assert.equal(reading?.observation.validAt, SLOT_AT - 4 * MINUTE_MS);
  assert.equal(reading?.observation.slotAt, SLOT_AT);
  assert.equal(reading?.observation.receivedAt, SLOT_AT + 9000);
  assert.equal(reading?.stale, false);
});

test('2.5 gives stale readings when the calculation is older than two of its intervals', async () => {
  for (const [minutes, stale] of [
    [20, false],
    [21, true],
  ] as const) {
    const { context } = provider(SLOT_AT, () => weatherAt(SLOT_AT - minutes * MINUTE_MS));
    const result = await source({ product: '2.5' }).fetch([dakar], SLOT_AT, context);
    assert.equal(result.readings[0]?.stale, stale, `${minutes} minutes`);
  }
});

test('the same reading given for two slots is stale for the second, and fresh when it is asked for again', async () => {
  const { context } = provider(SLOT_AT, () => weatherAt(SLOT_AT));
  const owm = source({ product: '2.5' });
  const staleFor = async (slotAt: Instant) => (await owm.fetch([dakar], slotAt, context)).readings[0]?.stale;
  assert.equal(await staleFor(SLOT_AT), false);
  assert.equal(await staleFor(SLOT_AT), false);
  assert.equal(await staleFor(SLOT_AT + 15 * MINUTE_MS), true);
  assert.equal(await staleFor(SLOT_AT + 15 * MINUTE_MS), true, 'a second try of the second slot');
});

test('3.0 asks for the slot itself, and every few hours for the present with 48 hours', async () => {
  const now = 1714063536_000 + 30_000;
  const slotAt = Math.floor(now / (15 * MINUTE_MS)) * 15 * MINUTE_MS;
  const { calls, context, paths, clock } = provider(now, (url) =>
    url.pathname.endsWith('timemachine')
      ? JSON.stringify({ data: [recordAt(Number(url.searchParams.get('dt')) * 1000)] })
      : text('onecall-2024-04-25.json'),
  );
  const owm = source({ product: '3.0' });
  const first = await owm.fetch([dakar], slotAt, context);
  assert.equal(first.readings[0]?.observation.validAt, 1714063536_000);
  assert.deepEqual(first.forecasts[0]?.validAt, [1714064400_000, 1714068000_000]);
  assert.equal(first.forecasts[0]?.issuedAt, now);
  clock.set(now + 15 * MINUTE_MS);
  const second = await owm.fetch([dakar], slotAt + 15 * MINUTE_MS, context);
  assert.equal(second.readings[0]?.observation.validAt, slotAt + 15 * MINUTE_MS);
  assert.equal(second.forecasts.length, 0);
  assert.deepEqual(paths(), ['/data/3.0/onecall', '/data/3.0/onecall/timemachine']);
  assert.equal(
    calls[1]?.url,
    `https://api.openweathermap.org/data/3.0/onecall/timemachine?lat=14.7333&lon=-17.5&dt=${slotAt / 1000 + 900}&units=metric&appid=${KEY}`,
  );
  assert.ok(calls[0]?.url.includes('exclude=minutely%2Cdaily%2Calerts'));
});

test('3.0 asks for a slot that is already past by its own instant, also when a forecast is due', async () => {
  const { context, paths } = provider(SLOT_AT + 11 * MINUTE_MS, () => JSON.stringify({ data: [recordAt(SLOT_AT)] }));
  await source({ product: '3.0' }).fetch([dakar], SLOT_AT, context);
  assert.deepEqual(paths(), ['/data/3.0/onecall/timemachine']);
});

test('4.0 asks for the present, and at a full hour now and then for the hours from it', async () => {
  const { context, calls, paths, clock } = provider(SLOT_AT, (url) =>
    url.pathname.endsWith('current')
      ? JSON.stringify({ data: [{ ...recordAt(SLOT_AT + 14 * MINUTE_MS), alerts: [] }] })
      : JSON.stringify({ data: [0, 1, 2].map((hour) => recordAt(SLOT_AT + hour * HOUR_MS, { pop: 0.1 })) }),
  );
  const owm = source({ product: '4.0' });
  const hour = await owm.fetch([dakar], SLOT_AT, context);
  assert.equal(hour.readings[0]?.observation.validAt, SLOT_AT);
  assert.deepEqual(hour.forecasts[0]?.validAt, [SLOT_AT + HOUR_MS, SLOT_AT + 2 * HOUR_MS]);
  assert.ok(calls[0]?.url.includes(`/timeline/1h?lat=14.7333&lon=-17.5&start=${SLOT_AT / 1000}&cnt=20&units=metric`));
  clock.set(SLOT_AT + 15 * MINUTE_MS);
  const quarter = await owm.fetch([dakar], SLOT_AT + 15 * MINUTE_MS, context);
  assert.equal(quarter.readings[0]?.observation.validAt, SLOT_AT + 14 * MINUTE_MS);
  assert.deepEqual(paths(), ['/data/4.0/onecall/timeline/1h', '/data/4.0/onecall/current']);
});

test('4.0 waits for a full hour with its forecast: only then do the hours hold the slot', async () => {
  const { context, paths } = provider(SLOT_AT + 15 * MINUTE_MS, () =>
    JSON.stringify({ data: [recordAt(SLOT_AT + 10 * MINUTE_MS)] }),
  );
  const result = await source({ product: '4.0' }).fetch([dakar], SLOT_AT + 15 * MINUTE_MS, context);
  assert.deepEqual(paths(), ['/data/4.0/onecall/current']);
  assert.equal(result.readings.length, 1);
});

test('a link with the key inside is scrubbed from a body that is kept', async () => {
  const body = text('timeline-2024-04-25.json').replace('"dt":1714060800,', '');
  assert.ok(body.includes(KEY));
  const { context } = provider(SLOT_AT, () => body);
  const error = await failureOf(source({ product: '4.0' }).fetch([dakar], SLOT_AT, context));
  assert.ok(error instanceof UndecodableError);
  assert.ok(Buffer.from(error.body).toString().includes('appid=***'));
});

test('HTML under 200 and a body cut short are undecodable and kept', async () => {
  for (const body of [
    `<html>GET /x?appid=${KEY}</html>`,
    text('zocca-weather-2022-08-30.json').slice(0, 200),
    '',
    '[]',
  ]) {
    const { context } = provider(SLOT_AT, () => body);
    const error = await failureOf(source({ product: '2.5' }).fetch([dakar], SLOT_AT, context));
    assert.ok(error instanceof UndecodableError, body);
    assert.equal(Buffer.from(error.body).toString(), body.replaceAll(KEY, '***'));
  }
});

test('a record without a temperature, and no record, are no data', async () => {
  for (const data of [[], [recordAt(SLOT_AT, { temp: undefined })], [recordAt(SLOT_AT, { temp: '21' })]]) {
    const { context } = provider(SLOT_AT, () => JSON.stringify({ data }));
    const result = await source({ product: '3.0' }).fetch([dakar], SLOT_AT, context);
    assert.deepEqual(result, { readings: [], forecasts: [], failures: [] });
  }
});

test('3.0 fills a hole one instant a call', async () => {
  const { context, calls } = provider(SLOT_AT, (url) =>
    JSON.stringify({ data: [recordAt(Number(url.searchParams.get('dt')) * 1000)] }),
  );
  const owm = source({ product: '3.0' });
  const slotAt = SLOT_AT - 3 * DAY_MS;
  const result = await owm.backfill?.([dakar], [slotAt], context);
  assert.equal(calls.length, 1);
  assert.deepEqual(
    result?.readings.map(({ observation, stale }) => [observation.slotAt, observation.validAt, stale]),
    [[slotAt, slotAt, false]],
  );
  assert.equal(owm.capabilities.backfillSpanMs, 1);
});

test('4.0 fills twenty full hours a call, and the slots between them not at all', async () => {
  const from = SLOT_AT - 2 * DAY_MS;
  const { context, calls } = provider(SLOT_AT, (url) => {
    const start = Number(url.searchParams.get('start')) * 1000;
    const count = Number(url.searchParams.get('cnt'));
    return JSON.stringify({ data: Array.from({ length: count }, (_, hour) => recordAt(start + hour * HOUR_MS)) });
  });
  const owm = source({ product: '4.0' });
  const slots = Array.from({ length: 77 }, (_, index) => from + index * 15 * MINUTE_MS);
  assert.ok((slots.at(-1) ?? 0) - from <= owm.capabilities.backfillSpanMs);
  const result = await owm.backfill?.([dakar], slots, context);
  assert.equal(calls.length, 1);
  assert.deepEqual(
    result?.readings.map(({ observation }) => observation.slotAt),
    Array.from({ length: 20 }, (_, hour) => from + hour * HOUR_MS),
  );
  const nothing = await owm.backfill?.([dakar], [from + 15 * MINUTE_MS], context);
  assert.deepEqual(nothing?.readings, []);
  assert.equal(calls.length, 1, 'what cannot be filled is not asked for');
});

test('2.5 cannot look back', () => {
  assert.equal(source({ product: '2.5' }).backfill, undefined);
  assert.equal(source({ product: '2.5' }).capabilities.lookBackMs, 0);
  assert.equal(source({ product: 'auto' }).backfill, undefined);
});

test('the limits are those of the product', () => {
  const limits = (product: OpenWeatherMapOptions['product']) =>
    source({ product }).capabilities.quota.map(({ name, limit }) => `${limit}/${name}`);
  assert.deepEqual(limits('2.5'), ['60/minute', '1000000/month']);
  assert.deepEqual(limits('3.0'), ['1000/day']);
  assert.deepEqual(limits('4.0'), ['1000/day']);
  assert.deepEqual(limits('auto'), ['60/minute', '1000/day']);
  assert.match(source({}).capabilities.credential, /^[0-9a-f]{8}$/);
});

test('without a key nobody is called', async () => {
  const { context, calls } = provider(SLOT_AT, () => '');
  const error = await failureOf(source({ key: null }).fetch([dakar], SLOT_AT, context));
  assert.equal(error.code, 'HMT_POLL_KEY_REFUSED');
  assert.equal(calls.length, 0);
});

/** A provider at which the key opens these products. */
const opening = (...products: readonly string[]) =>
  provider(SLOT_AT, (url) => {
    const product = url.pathname.split('/')[2] ?? '';
    if (!products.includes(product)) return { status: 401, body: product === '2.5' ? BAD_KEY : NOT_SUBSCRIBED };
    if (product === '2.5') return weatherAt(SLOT_AT);
    return JSON.stringify({ data: [recordAt(SLOT_AT)] });
  });

test('"auto" takes the first product that the key opens, and stays with it', async () => {
  const { context, paths } = opening('4.0', '3.0');
  const owm = source({ product: 'auto', forecastEveryHours: 0 });
  assert.equal((await owm.fetch([dakar], SLOT_AT, context)).readings.length, 1);
  await owm.fetch([thies], SLOT_AT, context);
  assert.deepEqual(paths(), ['/data/2.5/weather', '/data/4.0/onecall/current', '/data/4.0/onecall/current']);
});

test('"auto" says what is wrong when the key opens nothing, and does not look further when the provider is down', async () => {
  const closed = opening();
  const error = await failureOf(source({ product: 'auto' }).fetch([dakar], SLOT_AT, closed.context));
  assert.equal(error.code, 'HMT_POLL_NOT_SUBSCRIBED');
  const down = provider(SLOT_AT, () => ({ status: 503, body: '<html>' }));
  const failure = await failureOf(source({ product: 'auto' }).fetch([dakar], SLOT_AT, down.context));
  assert.equal(failure.code, 'HMT_POLL_PROVIDER_FAILED');
  assert.equal(down.calls.length, 1);
});

test('the probe asks each product once and tells which one the key opens', async () => {
  const { context, calls } = opening('4.0');
  const findings = await source({ product: '2.5' }).probe?.(context);
  assert.equal(calls.length, 3);
  assert.deepEqual(
    findings?.map(({ ok, code }) => [ok, code]),
    [
      [false, 'HMT_POLL_NOT_SUBSCRIBED'],
      [true, 'HMT_POLL_NOT_SUBSCRIBED'],
      [true, null],
    ],
  );
  assert.match(findings?.[0]?.finding ?? '', /^The key is good but does not open 2\.5/);
  assert.match(findings?.[0]?.cure ?? '', /The key opens 4\.0: set openweathermap\.product/);
});

test('the probe says that a new key and a mistyped one look the same, unless the form gives it away', async () => {
  const all = (product: OpenWeatherMapOptions['product'], key: string) =>
    source({ product, key }).probe?.(provider(SLOT_AT, () => ({ status: 401, body: BAD_KEY })).context);
  const maybeNew = await all('2.5', KEY);
  assert.equal(maybeNew?.[0]?.code, 'HMT_POLL_KEY_INACTIVE');
  assert.match(maybeNew?.[0]?.finding ?? '', /mistyped, or newer than two hours/);
  const mistyped = await all('auto', 'not-a-key-at-all');
  assert.deepEqual(
    mistyped?.map(({ ok, code }) => [ok, code]),
    [
      [false, 'HMT_POLL_KEY_REFUSED'],
      [false, 'HMT_POLL_KEY_REFUSED'],
      [false, 'HMT_POLL_KEY_REFUSED'],
    ],
  );
});

test('the probe of an unreachable provider says so, once per product, and throws nothing', async () => {
  const { context } = provider(SLOT_AT, () => {
    throw new HarmattanError('HMT_POLL_UNREACHABLE', { detail: 'api.openweathermap.org: ENOTFOUND.' });
  });
  const findings = await source({ product: '3.0' }).probe?.(context);
  assert.deepEqual(
    findings?.map(({ code }) => code),
    ['HMT_POLL_UNREACHABLE', 'HMT_POLL_UNREACHABLE', 'HMT_POLL_UNREACHABLE'],
  );
});
