import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { HarmattanError } from '../../core/errors.ts';
import { scrubber } from '../../core/scrub.ts';
import { QUANTITY_NAMES } from '../../weather/quantity.ts';
import { membersOf, UndecodableError } from '../undecodable.ts';
import { decodeElement, decodeElements, forecastOf, momentOfSlot, momentsOf } from './decode.ts';

const none = scrubber([]);
const SLOT_AT = Date.parse('2026-07-22T12:45:00Z');
const text = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const json = (name: string) => membersOf(JSON.parse(text(name))) ?? assert.fail(name);
const slotOf = (members: Readonly<Record<string, unknown>>, models = ['best_match'], slotAt = SLOT_AT) =>
  momentOfSlot(members, models, slotAt);

test('the quarter of the slot is read in our units, quantity by quantity', () => {
  const moment = slotOf(json('dakar-2026-07-22.json'));
  assert.equal(moment?.validAt, SLOT_AT);
  assert.deepEqual(moment?.values, {
    temperatureC: 29.1,
    feelsLikeC: 33.4,
    dewPointC: 24.2,
    pressureHpa: 1012.1,
    humidityPct: 74,
    cloudCoverPct: 45,
    visibilityM: 24140,
    windSpeedMps: 5.02,
    windFromDirectionDeg: 314,
    windGustMps: 8.2,
    uvIndex: 7.55,
    rain1hMm: 0.7,
    snow1hMm: 0,
  });
  assert.deepEqual(moment?.condition, { id: 520, description: null, icon: null });
  assert.equal(moment?.model, 'best_match');
});

test('rain of an hour is the sum of the four quarters that end at the instant, and absent when one of them is', () => {
  const [dakar, louis] = JSON.parse(text('dakar-saint-louis-podor-2026-07-22.json'));
  assert.equal(slotOf(dakar)?.values.rain1hMm, 0.7);
  assert.equal(slotOf(louis)?.values.rain1hMm, null);
  const quarters = momentsOf(dakar, 'quarter', ['best_match']);
  assert.deepEqual(
    quarters.map(({ values }) => values.rain1hMm),
    [null, null, null, 0.7],
    'a quarter is never passed off as an hour',
  );
});

test('quarters that do not follow each other make no hour', () => {
  const dakar = structuredClone(json('dakar-2026-07-22.json')) as { minutely_15: { time: number[] } };
  dakar.minutely_15.time[0] = (dakar.minutely_15.time[0] ?? 0) - 900;
  assert.equal(slotOf(dakar)?.values.rain1hMm, null);
});

test('snow in centimetres of depth becomes millimetres of water', () => {
  const dakar = structuredClone(json('dakar-2026-07-22.json')) as { minutely_15: Record<string, number[]> };
  dakar.minutely_15.snowfall = [0.07, 0, 0.07, 0.14];
  assert.equal(slotOf(dakar)?.values.snow1hMm, 0.4);
});

test('what is absent is null, never 0', () => {
  const [, louis] = JSON.parse(text('dakar-saint-louis-podor-2026-07-22.json'));
  const moment = slotOf(louis);
  assert.equal(moment?.values.visibilityM, null);
  assert.equal(moment?.values.windGustMps, null);
  assert.equal(moment?.values.uvIndex, null);
  assert.equal(moment?.condition, null);
  assert.equal(moment?.values.temperatureC, 31.8);
});

test('a quarter whose temperature is still null has no moment, though the one before it has', () => {
  const [, , podor] = JSON.parse(text('dakar-saint-louis-podor-2026-07-22.json'));
  assert.equal(slotOf(podor), null);
  assert.equal(slotOf(podor, ['best_match'], Date.parse('2026-07-22T12:15:00Z'))?.values.temperatureC, 28.9);
});

test('an answer about other times gives its newest moment before the slot', () => {
  const moment = slotOf(json('dakar-2026-07-22.json'), ['best_match'], SLOT_AT + 15 * 60_000);
  assert.equal(moment?.validAt, SLOT_AT);
  assert.equal(slotOf(json('dakar-2026-07-22.json'), ['best_match'], SLOT_AT - 86_400_000), null);
});

test('of several models the first one with a temperature is taken whole', () => {
  const two = json('dakar-two-models-2026-07-22.json');
  const models = ['icon_global', 'gfs_global'];
  const now = slotOf(two, models);
  assert.equal(now?.model, 'gfs_global', 'ICON has nulls at the slot');
  assert.equal(now?.values.temperatureC, 30.1);
  const before = slotOf(two, models, SLOT_AT - 15 * 60_000);
  assert.equal(before?.model, 'icon_global');
  assert.equal(before?.values.temperatureC, 29);
  assert.equal(forecastOf(two, models)?.model, 'icon_global');
});

test('when only one of several models covers a place its columns carry no name, and nobody knows which it was', () => {
  const moment = slotOf(json('dakar-2026-07-22.json'), ['icon_d2', 'gfs_global']);
  assert.equal(moment?.values.temperatureC, 29.1);
  assert.equal(moment?.model, null);
});

test('the forecast has the hours ahead, with rain and showers in one', () => {
  const forecast = forecastOf(json('dakar-2026-07-22.json'), ['best_match']);
  assert.deepEqual(
    forecast?.validAt,
    [13, 14, 15].map((hour) => Date.UTC(2026, 6, 22, hour)),
  );
  assert.deepEqual(forecast?.values.temperatureC, [29.2, 29.3, 29.1]);
  assert.deepEqual(forecast?.values.rain1hMm, [0.3, 0, 0]);
  assert.equal(forecast?.values.humidityPct, undefined);
});

test('the archive has hours, whose rain is that of the hour', () => {
  const moments = momentsOf(json('dakar-archive-1999-08-01.json'), 'hour', []);
  assert.equal(moments.length, 24);
  assert.equal(moments[6]?.validAt, Date.UTC(1999, 7, 1, 6));
  assert.equal(moments[6]?.values.rain1hMm, 0.4);
  assert.equal(moments[6]?.values.snow1hMm, 0.1);
  assert.equal(moments[6]?.values.uvIndex, null);
});

const shapes: readonly (readonly [string, (dakar: Record<string, unknown>) => void])[] = [
  ['no section', (dakar) => delete dakar.minutely_15],
  ['a section that is a list', (dakar) => Object.assign(dakar, { minutely_15: [] })],
  ['times as text', (dakar) => Object.assign(dakar.minutely_15 as object, { time: ['2026-07-22T12:00', '', '', ''] })],
  ['times in milliseconds', (dakar) => Object.assign(dakar.minutely_15 as object, { time: [1e12, 2e12, 3e12, 4e12] })],
  ['a column that is too short', (dakar) => Object.assign(dakar.minutely_15 as object, { rain: [0, 0, 0] })],
  ['a column that is no list', (dakar) => Object.assign(dakar.minutely_15 as object, { rain: 0 })],
  ['another unit', (dakar) => Object.assign(dakar.minutely_15_units as object, { wind_speed_10m: 'km/h' })],
];
for (const [name, spoil] of shapes)
  test(`${name} makes a place undecodable, with its part of the body`, () => {
    const dakar = structuredClone(json('dakar-2026-07-22.json')) as Record<string, unknown>;
    spoil(dakar);
    assert.throws(
      () => decodeElement(dakar, none, (members) => slotOf(members)),
      (error) =>
        error instanceof UndecodableError &&
        error.code === 'HMT_POLL_UNDECODABLE' &&
        Buffer.from(error.body).toString() === JSON.stringify(dakar),
    );
  });

test('one place is an object, several are a list, and their number must be the one asked for', () => {
  const one = Buffer.from(text('dakar-2026-07-22.json'));
  const three = Buffer.from(text('dakar-saint-louis-podor-2026-07-22.json'));
  assert.equal(decodeElements(one, 1, none).length, 1);
  assert.equal(decodeElements(three, 3, none).length, 3);
  assert.throws(() => decodeElements(three, 2, none), UndecodableError);
  assert.throws(() => decodeElements(one, 13, none), UndecodableError);
});

/** Everything the decoder can make of a body, however bad; throws what it throws. */
function decodeAll(body: Uint8Array): unknown[] {
  return decodeElements(body, 1, none).flatMap((element) =>
    decodeElement(element, none, (members) => [
      slotOf(members)?.values,
      ...momentsOf(members, 'hour', []).map(({ values }) => values),
      forecastOf(members, ['best_match'])?.values,
    ]),
  );
}

function numbersIn(value: unknown, found: number[] = []): number[] {
  if (typeof value === 'number') found.push(value);
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) numbersIn(inner, found);
  return found;
}

function onlyOurErrors(body: Uint8Array): unknown[] {
  try {
    return decodeAll(body);
  } catch (error) {
    assert.ok(error instanceof HarmattanError && error.code === 'HMT_POLL_UNDECODABLE', String(error));
    return [];
  }
}

test('whatever JSON arrives, it is decoded or undecodable', () => {
  fc.assert(fc.property(fc.json(), (body) => void onlyOurErrors(Buffer.from(body))));
});

test('whatever bytes arrive, they are decoded or undecodable', () => {
  fc.assert(fc.property(fc.uint8Array(), (body) => void onlyOurErrors(body)));
});

const junk = fc.oneof(
  fc.constantFrom('null', 'true', '"29.1"', '1e999', '-1e999', '{}', '[]', '[null]', '1e308', '""', '-0'),
  fc.double().map((value) => JSON.stringify(value)),
);

test('a real body with anything in place of any value never gives a value that it does not hold', () => {
  const fixture = text('dakar-2026-07-22.json');
  // Every number or string, and every list as a whole, by its place in the text.
  const spots = [/-?\d+(?:\.\d+)?|"[^"]*"(?!:)/g, /\[[^[\]]*\]/g].flatMap((pattern) => [...fixture.matchAll(pattern)]);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(spots.length - 1), junk), { minLength: 1, maxLength: 4 }), (changes) => {
      let body = fixture;
      // From the back, so that earlier places stay where they are.
      const index = (spot: number) => spots[spot]?.index ?? 0;
      for (const [spot, value] of changes.toSorted(([a], [b]) => index(b) - index(a))) {
        const match = spots[spot];
        if (match && body.slice(match.index, match.index + match[0].length) === match[0])
          body = body.slice(0, match.index) + value + body.slice(match.index + match[0].length);
      }
      let held: unknown;
      try {
        held = JSON.parse(body);
      } catch {
        held = null;
      }
      const present = new Set(numbersIn(held).map(String));
      for (const values of onlyOurErrors(Buffer.from(body))) {
        if (!membersOf(values)) continue;
        for (const quantity of QUANTITY_NAMES) {
          const value = membersOf(values)?.[quantity];
          // Sums of rain and snow are computed; everything else stands in the body as it is.
          if (quantity === 'rain1hMm' || quantity === 'snow1hMm') continue;
          for (const one of [value].flat())
            assert.ok(one === null || one === undefined || present.has(String(one)), `${quantity} ${String(one)}`);
        }
        for (const number of numbersIn(values)) assert.ok(Number.isFinite(number));
      }
    }),
    { numRuns: 1000 },
  );
});
