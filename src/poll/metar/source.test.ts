import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { HarmattanError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { silentMeter } from '../../core/meter.ts';
import { seededRandom } from '../../core/random.ts';
import { scrubber } from '../../core/scrub.ts';
import { HOUR_MS, MINUTE_MS, manualClock } from '../../core/time.ts';
import type { TransportRequest } from '../../core/transport.ts';
import { type Place, parsePlaces } from '../../weather/place.ts';
import type { SourceContext } from '../source.ts';
import { UndecodableError } from '../undecodable.ts';
import { metarOptions } from './config.ts';
import { decodeReports } from './decode.ts';
import { metarSource } from './source.ts';

const SLOT_AT = Date.parse('2026-07-22T13:15:00Z');
const BODY = readFileSync(new URL('fixtures/saint-louis-dakar-2026-07-22.json', import.meta.url), 'utf8');
const [louis, diass, podor, dakar] = parsePlaces([
  { name: 'Saint-Louis', latitude: 16.05, longitude: -16.45, icao: 'GOSS' },
  { name: 'Diass', latitude: 14.67, longitude: -17.07, icao: 'GOBD' },
  { name: 'Podor', latitude: 16.65, longitude: -14.9667 },
  { name: 'Dakar', latitude: 14.7333, longitude: -17.5, icao: 'GOBD' },
]) as [Place, Place, Place, Place];

function provider(body: string, status = 200, headers: Record<string, string> = {}) {
  const clock = manualClock(SLOT_AT + 20_000);
  const calls: TransportRequest[] = [];
  const context: SourceContext = {
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    meter: silentMeter,
    signal: new AbortController().signal,
    transport: async (request) => {
      calls.push(request);
      return { status, headers, body: Buffer.from(body) };
    },
  };
  return { clock, calls, context };
}

const source = () => metarSource(metarOptions.parse({}));

test('one call asks for the aerodromes of all places that name one', async () => {
  const { calls, context } = provider(BODY);
  await source().fetch([podor, diass, louis], SLOT_AT, context);
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.url, 'https://aviationweather.gov/api/data/metar?ids=GOBD,GOSS&format=json&hours=24');
  assert.match(calls[0]?.headers['user-agent'] ?? '', /^harmattan\//);
});

test('where no place names an aerodrome nobody is called', async () => {
  const { calls, context } = provider(BODY);
  assert.deepEqual(await source().fetch([podor], SLOT_AT, context), { readings: [], forecasts: [], failures: [] });
  assert.equal(calls.length, 0);
});

test('the newest report answers the slot; earlier ones come once, at their own times', async () => {
  const { context } = provider(BODY);
  const metar = source();
  const told = async (slotAt: number) =>
    (await metar.fetch([louis, diass], slotAt, context)).readings.map(({ observation, stale }) => [
      observation.placeId,
      new Date(observation.validAt).toISOString().slice(11, 16),
      observation.slotAt === slotAt,
      stale,
    ]);
  assert.deepEqual(await told(SLOT_AT), [
    ['saint-louis', '13:00', true, false],
    ['saint-louis', '12:00', false, false],
    ['diass', '13:00', true, false],
  ]);
  assert.deepEqual(await told(SLOT_AT + 15 * MINUTE_MS), [
    ['saint-louis', '13:00', true, false],
    ['diass', '13:00', true, false],
  ]);
});

test('after a pause as many hours are asked for as were missed, within the room of one answer', async () => {
  const { calls, context } = provider(BODY);
  const metar = source();
  for (const hours of [0, 1, 5, 72]) await metar.fetch([louis], SLOT_AT + hours * HOUR_MS, context);
  assert.deepEqual(
    calls.map(({ url }) => new URL(url).searchParams.get('hours')),
    ['24', '3', '7', '24'],
  );
});

test('a report older than two hours answers its slot as stale', async () => {
  const { context } = provider(BODY);
  const { readings } = await source().fetch([louis], SLOT_AT + 2 * HOUR_MS, context);
  assert.equal(readings[0]?.stale, true);
});

test('values are in our units; what was not reported is null, and a corrected report replaces the first', async () => {
  const { reports } = decodeReports(Buffer.from(BODY), scrubber([]));
  const [one, two, three] = reports;
  assert.equal(reports.length, 3);
  assert.deepEqual(one?.values, {
    temperatureC: 31,
    feelsLikeC: null,
    dewPointC: 24,
    pressureHpa: 1011,
    humidityPct: 66,
    cloudCoverPct: 44,
    visibilityM: 9656,
    windSpeedMps: 6.17,
    windFromDirectionDeg: 290,
    windGustMps: null,
    uvIndex: null,
    rain1hMm: null,
    snow1hMm: null,
  });
  assert.equal(two?.values.temperatureC, 30);
  assert.equal(two?.values.windFromDirectionDeg, null);
  assert.equal(two?.values.pressureHpa, 1011.4);
  assert.equal(two?.values.visibilityM, 16_093);
  assert.deepEqual(two?.condition, { id: 721, description: null, icon: null });
  assert.equal(three?.condition?.id, 202);
  assert.equal(three?.values.rain1hMm, 6.35);
  assert.equal(three?.values.windGustMps, 15.95);
});

test('an aerodrome that lies far from the place does not speak for it', async () => {
  const { context } = provider(BODY);
  const { readings, failures } = await source().fetch([louis, dakar], SLOT_AT, context);
  assert.ok(readings.every(({ observation }) => observation.placeId === 'saint-louis'));
  assert.equal(failures[0]?.placeId, 'dakar');
  assert.match(failures[0]?.error.message ?? '', /GOBD lies 47 km from dakar/);
});

test('an answer without reports is no data; errors have their codes', async () => {
  const nothing = await source().fetch([louis], SLOT_AT, provider('', 204).context);
  assert.deepEqual(nothing, { readings: [], forecasts: [], failures: [] });
  for (const [status, code] of [
    [400, 'HMT_POLL_BAD_REQUEST'],
    [403, 'HMT_POLL_FORBIDDEN'],
    [429, 'HMT_POLL_RATE_LIMITED'],
    [502, 'HMT_POLL_PROVIDER_FAILED'],
  ] as const) {
    const answer = source().fetch([louis], SLOT_AT, provider('<html>', status, { 'retry-after': '90' }).context);
    await assert.rejects(answer, (error) => error instanceof HarmattanError && error.code === code);
  }
  await assert.rejects(source().fetch([louis], SLOT_AT, provider('<html>').context), UndecodableError);
});

test('one broken report costs itself alone', async () => {
  const [first, ...others] = JSON.parse(BODY) as Record<string, unknown>[];
  const broken = JSON.stringify([{ ...first, obsTime: '13:00' }, ...others, null, 7]);
  const { reports, unreadable } = decodeReports(Buffer.from(broken), scrubber([]));
  assert.equal(reports.length, 2);
  assert.deepEqual(
    unreadable.map(({ icao }) => icao),
    ['GOSS', null, null],
  );
});

test('whatever the body is, it decodes or is refused as undecodable; no value is invented', () => {
  const report = fc.dictionary(
    fc.constantFrom(
      'icaoId',
      'obsTime',
      'temp',
      'dewp',
      'wdir',
      'wspd',
      'visib',
      'altim',
      'clouds',
      'wxString',
      'lat',
      'lon',
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.constant('GOSS'),
      fc.integer({ min: 1, max: 2_000_000_000 }),
      fc.constantFrom(1e308, -243.04, -1e9),
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(report).map((all) => JSON.stringify(all)),
        fc.json(),
        fc.string(),
      ),
      (body) => {
        try {
          for (const { values } of decodeReports(Buffer.from(body), scrubber([])).reports)
            for (const value of Object.values(values)) assert.ok(value === null || Number.isFinite(value));
        } catch (error) {
          assert.ok(error instanceof UndecodableError, String(error));
        }
      },
    ),
  );
});
