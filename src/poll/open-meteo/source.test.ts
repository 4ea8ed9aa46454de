import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HarmattanError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { silentMeter } from '../../core/meter.ts';
import { seededRandom } from '../../core/random.ts';
import { HOUR_MS, MINUTE_MS, manualClock } from '../../core/time.ts';
import type { TransportRequest } from '../../core/transport.ts';
import { type Place, parsePlaces } from '../../weather/place.ts';
import type { SourceContext } from '../source.ts';
import { UndecodableError } from '../undecodable.ts';
import { type OpenMeteoOptions, openMeteoOptions } from './config.ts';
import { openMeteoSource } from './source.ts';

const SLOT_AT = Date.parse('2026-07-22T12:45:00Z');
const KEY = 'open-meteo-test-key';
const text = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const [dakar, louis, podor] = parsePlaces([
  { name: 'Dakar', latitude: 14.7333, longitude: -17.5 },
  { name: 'Saint-Louis', latitude: 16.05, longitude: -16.45 },
  { name: 'Podor', latitude: 16.65, longitude: -14.9667 },
]) as [Place, Place, Place];

type Answer = string | { readonly status: number; readonly body: string };

/** A provider that gives these answers in turn, metadata apart; the last one for ever. */
function provider(answers: readonly Answer[], meta: Answer = text('dwd-icon-meta-2026-07-22.json')) {
  const clock = manualClock(SLOT_AT + 20_000);
  const calls: TransportRequest[] = [];
  const metadataCalls: TransportRequest[] = [];
  const context: SourceContext = {
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    meter: silentMeter,
    signal: new AbortController().signal,
    transport: async (request) => {
      const isMeta = request.url.includes('/data/');
      (isMeta ? metadataCalls : calls).push(request);
      const answer = isMeta ? meta : (answers[Math.min(calls.length, answers.length) - 1] ?? '');
      const { status, body } = typeof answer === 'string' ? { status: 200, body: answer } : answer;
      return { status, headers: {}, body: Buffer.from(body) };
    },
  };
  return { clock, calls, metadataCalls, context };
}

const source = (options: Partial<OpenMeteoOptions> = {}) =>
  openMeteoSource({ ...openMeteoOptions.parse({}), ...options });
const codeOf = async (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => (error instanceof HarmattanError ? error.code : String(error)),
  );

test('one call asks for exactly the slot of all places and the hours after it', async () => {
  const { calls, context } = provider([text('dakar-saint-louis-podor-2026-07-22.json')]);
  await source().fetch([dakar, louis, podor], SLOT_AT, context);
  assert.equal(calls.length, 1);
  assert.equal(
    calls[0]?.url,
    'https://api.open-meteo.com/v1/forecast?latitude=14.7333,16.05,16.65&longitude=-17.5,-16.45,-14.9667' +
      '&minutely_15=temperature_2m,apparent_temperature,dew_point_2m,pressure_msl,relative_humidity_2m,cloud_cover,visibility,' +
      'wind_speed_10m,wind_direction_10m,wind_gusts_10m,uv_index,rain,showers,snowfall,weather_code' +
      '&start_minutely_15=2026-07-22T12:00&end_minutely_15=2026-07-22T12:45' +
      '&hourly=temperature_2m,cloud_cover,wind_speed_10m,rain,showers' +
      '&start_hour=2026-07-22T13:00&end_hour=2026-07-24T12:00' +
      '&timeformat=unixtime&timezone=GMT&wind_speed_unit=ms',
  );
  assert.match(calls[0]?.headers['user-agent'] ?? '', /^harmattan\/\d+\.\d+\.\d+$/);
});

test('readings go to the places by their order; a place whose values are still null has none', async () => {
  const { context } = provider([text('dakar-saint-louis-podor-2026-07-22.json')]);
  const result = await source().fetch([dakar, louis, podor], SLOT_AT, context);
  assert.deepEqual(
    result.readings.map(({ observation, stale }) => [observation.placeId, observation.values.temperatureC, stale]),
    [
      ['dakar', 29.1, false],
      ['saint-louis', 31.8, false],
    ],
  );
  assert.deepEqual(result.failures, []);
  const [reading] = result.readings;
  assert.equal(reading?.observation.kind, 'analysis');
  assert.equal(reading?.observation.slotAt, SLOT_AT);
  assert.equal(reading?.observation.receivedAt, SLOT_AT + 20_000);
  assert.equal(reading?.observation.issuedAt, null);
});

test('a single place is answered with an object', async () => {
  const { context } = provider([text('dakar-2026-07-22.json')]);
  const result = await source().fetch([dakar], SLOT_AT, context);
  assert.equal(result.readings[0]?.observation.placeId, 'dakar');
});

test('the forecast is kept once every few hours where no run is known, and is not asked for in between', async () => {
  const { calls, context } = provider([text('dakar-2026-07-22.json')]);
  const openMeteo = source();
  const first = await openMeteo.fetch([dakar], SLOT_AT, context);
  assert.equal(first.forecasts.length, 1);
  assert.equal(first.forecasts[0]?.issuedAt, SLOT_AT + 20_000);
  assert.deepEqual(first.forecasts[0]?.values.temperatureC, [29.2, 29.3, 29.1]);
  const second = await openMeteo.fetch([dakar], SLOT_AT + 15 * MINUTE_MS, context);
  assert.equal(second.forecasts.length, 0);
  assert.equal(calls[1]?.url.includes('hourly'), false);
  const third = await openMeteo.fetch([dakar], SLOT_AT + 3 * HOUR_MS, context);
  assert.equal(third.forecasts.length, 1);
});

test('a forecast that did not arrive is asked for again', async () => {
  const { calls, context } = provider([{ status: 502, body: '<html>' }, text('dakar-2026-07-22.json')]);
  const openMeteo = source();
  assert.equal(await codeOf(openMeteo.fetch([dakar], SLOT_AT, context)), 'HMT_POLL_PROVIDER_FAILED');
  await openMeteo.fetch([dakar], SLOT_AT, context);
  assert.ok(calls[1]?.url.includes('&hourly='));
});

test("a named model's run time is read once and kept as the issue time; its forecast comes once per run", async () => {
  const { calls, metadataCalls, context } = provider([text('dakar-2026-07-22.json')]);
  const openMeteo = source({ models: ['icon_global'] });
  const first = await openMeteo.fetch([dakar], SLOT_AT, context);
  assert.equal(metadataCalls[0]?.url, 'https://api.open-meteo.com/data/dwd_icon/static/meta.json');
  assert.ok(calls[0]?.url.endsWith('&models=icon_global'));
  const runAt = Date.parse('2026-07-22T06:00:00Z');
  assert.equal(first.readings[0]?.observation.issuedAt, runAt);
  assert.equal(first.readings[0]?.stale, false);
  assert.equal(first.forecasts[0]?.issuedAt, runAt);
  assert.equal(first.forecasts[0]?.model, 'icon_global');
  await openMeteo.fetch([dakar], SLOT_AT, context);
  assert.equal(metadataCalls.length, 1);
});

test('a slot answered from a run that should have been replaced twice is stale', async () => {
  const seconds = (instant: string) => Date.parse(instant) / 1000;
  const meta = (available: string) =>
    JSON.stringify({
      last_run_initialisation_time: seconds('2026-07-21T00:00:00Z'),
      last_run_availability_time: seconds(available),
      update_interval_seconds: 21_600,
    });
  for (const [available, stale] of [
    ['2026-07-22T00:45:00Z', false],
    ['2026-07-22T00:44:59Z', true],
  ] as const) {
    const { context } = provider([text('dakar-2026-07-22.json')], meta(available));
    const result = await source({ models: ['icon_global'] }).fetch([dakar], SLOT_AT, context);
    assert.equal(result.readings[0]?.stale, stale, available);
  }
});

test('metadata that cannot be read never costs a reading', async () => {
  for (const meta of [
    { status: 404, body: 'no' },
    '<html>',
    '{}',
    '{"last_run_initialisation_time":"x"}',
  ] as Answer[]) {
    const { context } = provider([text('dakar-2026-07-22.json')], meta);
    const result = await source({ models: ['icon_global'] }).fetch([dakar], SLOT_AT, context);
    assert.equal(result.readings[0]?.observation.issuedAt, null);
    assert.equal(result.readings[0]?.stale, false);
  }
});

test('the answer to an earlier question is an old reading', async () => {
  const { context } = provider([text('dakar-2026-07-22.json')]);
  const result = await source().fetch([dakar], SLOT_AT + 15 * MINUTE_MS, context);
  assert.equal(result.readings[0]?.observation.validAt, SLOT_AT);
  assert.equal(result.readings[0]?.observation.slotAt, SLOT_AT + 15 * MINUTE_MS);
  assert.equal(result.readings[0]?.stale, true);
});

test('a slot between two quarters takes the one before it, and that is fresh', async () => {
  const { calls, context } = provider([text('dakar-2026-07-22.json')]);
  const result = await source().fetch([dakar], SLOT_AT + 5 * MINUTE_MS, context);
  assert.ok(calls[0]?.url.includes('end_minutely_15=2026-07-22T12:45'));
  assert.equal(result.readings[0]?.stale, false);
});

test('one bad place fails alone, with its part of the body', async () => {
  const answers = JSON.parse(text('dakar-saint-louis-podor-2026-07-22.json'));
  answers[1] = { odd: true };
  const { context } = provider([JSON.stringify(answers)]);
  const result = await source().fetch([dakar, louis, podor], SLOT_AT, context);
  assert.deepEqual(
    result.readings.map(({ observation }) => observation.placeId),
    ['dakar'],
  );
  assert.equal(result.failures[0]?.placeId, 'saint-louis');
  const error = result.failures[0]?.error;
  assert.ok(error instanceof UndecodableError && Buffer.from(error.body).toString() === '{"odd":true}');
});

test('a forecast that cannot be read costs itself, not the reading', async () => {
  const body = JSON.parse(text('dakar-2026-07-22.json'));
  body.hourly.time = 'soon';
  const { context } = provider([JSON.stringify(body)]);
  const result = await source().fetch([dakar], SLOT_AT, context);
  assert.equal(result.readings.length, 1);
  assert.equal(result.forecasts.length, 0);
});

test('what is no answer at all is undecodable, with the bytes and without the key', async () => {
  for (const body of [`<html>${KEY}</html>`, '', `{"latitude":14.7,"min${KEY}`, '[]', 'null', '{}']) {
    const { context } = provider([body]);
    const error = await source({ key: KEY })
      .fetch([dakar], SLOT_AT, context)
      .then(
        () => assert.fail(body),
        (thrown: unknown) => thrown,
      );
    assert.ok(error instanceof UndecodableError, body);
    assert.equal(Buffer.from(error.body).toString(), body.replaceAll(KEY, '***'));
    assert.equal(String(error.stack).includes(KEY), false);
  }
});

test('a key goes to the customer host in a header, never in an address', async () => {
  const { calls, context } = provider([text('dakar-2026-07-22.json')]);
  const openMeteo = source({ key: KEY, contact: 'ops@example.org' });
  await openMeteo.fetch([dakar], SLOT_AT, context);
  assert.ok(calls[0]?.url.startsWith('https://customer-api.open-meteo.com/v1/forecast?'));
  assert.equal(calls[0]?.url.includes(KEY), false);
  assert.equal(calls[0]?.headers['x-api-key'], KEY);
  assert.match(calls[0]?.headers['user-agent'] ?? '', / ops@example\.org$/);
  await openMeteo.backfill?.([dakar], [Date.UTC(1999, 7, 1)], context).catch(() => {});
  assert.ok(calls[1]?.url.startsWith('https://customer-archive-api.open-meteo.com/v1/archive?'));
  assert.deepEqual(openMeteo.capabilities.quota, [{ name: 'month', limit: 1_000_000 }]);
  assert.match(openMeteo.capabilities.credential, /^[0-9a-f]{8}$/);
  await source({ key: KEY, baseUrl: 'http://127.0.0.1:8080/' }).fetch([dakar], SLOT_AT, context);
  assert.ok(calls[2]?.url.startsWith('http://127.0.0.1:8080/v1/forecast?'), 'a configured host is asked as it is');
});

test('a hole of the last weeks is filled from the same API, each slot with its own quarter', async () => {
  const { calls, context } = provider([text('dakar-2026-07-22.json')]);
  const slots = [SLOT_AT - 15 * MINUTE_MS, SLOT_AT];
  const result = await source({ models: ['icon_global'] }).backfill?.([dakar], slots, context);
  assert.ok(calls[0]?.url.includes('&start_minutely_15=2026-07-22T11:45&end_minutely_15=2026-07-22T12:45&'));
  assert.equal(calls[0]?.url.includes('hourly'), false);
  assert.deepEqual(
    result?.readings.map(({ observation, stale }) => [
      observation.slotAt,
      observation.validAt,
      observation.issuedAt,
      stale,
    ]),
    slots.map((slotAt) => [slotAt, slotAt, null, false]),
  );
});

test('an older hole is filled from the archive, which answers full hours only', async () => {
  const { calls, context } = provider([text('dakar-archive-1999-08-01.json')]);
  const hour = Date.UTC(1999, 7, 1, 6);
  const slots = [hour - 15 * MINUTE_MS, hour, hour + 15 * MINUTE_MS, hour + HOUR_MS];
  const result = await source().backfill?.([dakar], slots, context);
  const url = calls[0]?.url ?? '';
  assert.ok(
    url.startsWith('https://archive-api.open-meteo.com/v1/archive?latitude=14.7333&longitude=-17.5&hourly='),
    url,
  );
  assert.ok(url.includes('&start_date=1999-08-01&end_date=1999-08-01&timeformat=unixtime'), url);
  assert.equal(/visibility|uv_index|showers/.test(url), false);
  assert.deepEqual(
    result?.readings.map(({ observation }) => observation.slotAt),
    [hour, hour + HOUR_MS],
  );
});

test('a call is charged by the weight of the provider, and never asks for more than a window holds', () => {
  const free = source().capabilities;
  assert.equal(free.costOf(13), 26);
  assert.equal(free.backfillCostOf(13, 0, 1), 19.5);
  assert.equal(free.placesPerCall, 300);
  assert.ok(free.costOf(free.placesPerCall) <= 600);
  assert.equal(source({ forecastHours: 0 }).capabilities.costOf(10), 15);
  assert.equal(source({ models: ['icon_global', 'gfs_global'] }).capabilities.costOf(1), 4);
  assert.equal(source({ placesPerCall: 1000, key: KEY }).capabilities.placesPerCall, 1000);
});

test('the probe costs one small call and says what is wrong and how to cure it', async () => {
  const good = provider([text('dakar-2026-07-22.json')]);
  const findings = await source({ models: ['icon_global'] }).probe?.(good.context);
  assert.deepEqual(
    findings?.map(({ ok }) => ok),
    [true, true],
  );
  assert.match(findings?.[1]?.finding ?? '', /icon_global is of 2026-07-22T06:00:00Z/);
  assert.equal(good.calls.length, 1);
  const bad = provider([{ status: 400, body: '{"error":true,"reason":"The supplied API key is invalid."}' }], {
    status: 404,
    body: '',
  });
  const wrong = await source({ key: KEY, models: ['ikon'] }).probe?.(bad.context);
  assert.deepEqual(
    wrong?.map(({ ok, code }) => [ok, code]),
    [
      [false, 'HMT_POLL_KEY_REFUSED'],
      [false, null],
    ],
  );
  assert.ok(wrong?.every(({ cure }) => cure !== null));
});
