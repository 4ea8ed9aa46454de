import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { noValues } from '../../weather/quantity.ts';
import { type DecodedAnswer, decodeAnswer, forecastColumns } from './decode.ts';

const text = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const NEVER = Number.POSITIVE_INFINITY;
const decoded = (body: unknown, forecastFrom = NEVER): DecodedAnswer => {
  const answer = decodeAnswer(typeof body === 'string' ? JSON.parse(body) : body, forecastFrom);
  return typeof answer === 'string' ? assert.fail(answer) : answer;
};
const weather = (changes: object = {}) =>
  decoded({ ...JSON.parse(text('zocca-weather-2022-08-30.json')), ...changes }).records[0];
const record = (changes: object = {}) =>
  decoded({ data: [{ ...JSON.parse(text('record-2024-04-25.json')), ...changes }] }).records[0];

test('the recorded body of 2.5 gives every quantity it has; dew point and UV index are not among them', () => {
  const zocca = weather();
  assert.equal(zocca?.validAt, 1661870592_000);
  assert.deepEqual(zocca?.values, {
    ...noValues(),
    temperatureC: 298.48,
    feelsLikeC: 298.74,
    pressureHpa: 1015,
    humidityPct: 64,
    cloudCoverPct: 100,
    visibilityM: 10000,
    windSpeedMps: 0.62,
    windFromDirectionDeg: 349,
    windGustMps: 1.18,
    rain1hMm: 3.16,
  });
  assert.deepEqual(zocca?.condition, { id: 501, description: 'moderate rain', icon: '10d' });
  assert.equal(zocca?.sunriseAt, 1661834187_000);
  assert.equal(zocca?.sunsetAt, 1661882248_000);
});

test('the recorded record of 3.0 has no gust and no rain: both are absent, not 0', () => {
  const one = record();
  assert.equal(one?.values.temperatureC, 6.84);
  assert.equal(one?.values.dewPointC, 3.99);
  assert.equal(one?.values.uvIndex, 0.13);
  assert.equal(one?.values.windGustMps, null);
  assert.equal(one?.values.rain1hMm, null);
  assert.equal(one?.values.snow1hMm, null);
});

test('of two conditions the first one is the primary', () => {
  const entries = [
    { id: 502, main: 'Rain', description: 'heavy intensity rain', icon: '10n' },
    { id: 701, main: 'Mist', description: 'mist', icon: '50n' },
  ];
  for (const one of [weather({ weather: entries }), record({ weather: entries })])
    assert.deepEqual(one?.condition, { id: 502, description: 'heavy intensity rain', icon: '10n' });
});

test('rain over three hours is not the rain of an hour', () => {
  for (const one of [weather({ rain: { '3h': 4.5 } }), record({ rain: { '3h': 4.5 }, snow: { '3h': 1 } })]) {
    assert.equal(one?.values.rain1hMm, null);
    assert.equal(one?.values.snow1hMm, null);
  }
  assert.equal(record({ rain: { '1h': 0.2, '3h': 4.5 } })?.values.rain1hMm, 0.2);
  assert.equal(record({ rain: 4.5 })?.values.rain1hMm, null, 'a daily sum');
});

test('every field but the time may be missing', () => {
  for (const one of [
    decoded({ main: {}, dt: 1661870592 }).records[0],
    decoded({ data: [{ dt: 1714063536 }] }).records[0],
  ]) {
    assert.deepEqual(one?.values, noValues());
    assert.equal(one?.condition, null);
    assert.equal(one?.sunriseAt, null);
  }
});

test('in polar day and night there is no sunrise, whether it is left out or zero', () => {
  assert.equal(record({ sunrise: undefined, sunset: undefined })?.sunriseAt, null);
  assert.equal(record({ sunrise: 0, sunset: 0 })?.sunsetAt, null);
});

test('an odd condition is none, and an odd icon falls back to the table', () => {
  assert.equal(record({ weather: [] })?.condition, null);
  assert.equal(record({ weather: [{ id: '501' }] })?.condition, null);
  assert.equal(record({ weather: [{ id: 5010 }] })?.condition, null);
  assert.deepEqual(record({ weather: [{ id: 800, description: '', icon: '<b>' }] })?.condition, {
    id: 800,
    description: null,
    icon: null,
  });
});

test('an empty list is an answer without data', () => {
  assert.deepEqual(decoded({ lat: 1, lon: 2, data: [] }), { records: [], ahead: [] });
});

test('hours ahead are told from the present, and run in the order of time', () => {
  const onecall = decoded(text('onecall-2024-04-25.json'), 1714063536_000);
  assert.equal(onecall.records[0]?.validAt, 1714063536_000);
  assert.deepEqual(
    onecall.ahead.map(({ validAt }) => validAt),
    [1714064400_000, 1714068000_000],
  );
  const timeline = decoded(text('timeline-2024-04-25.json'), 1714060800_001);
  assert.equal(timeline.records[0]?.validAt, 1714060800_000);
  const columns = forecastColumns(timeline.ahead);
  assert.deepEqual(columns?.values.temperatureC, [6.8, 6.2]);
  assert.deepEqual(columns?.values.rain1hMm, [0.31, null]);
  assert.equal(columns?.values.visibilityM, undefined);
  assert.equal(forecastColumns([]), null);
});

test('a current record whose time is ahead of our clock is still the present', () => {
  assert.equal(decoded(text('current-2024-04-25.json'), 1714063000_000).records.length, 1);
});

for (const [name, body] of [
  ['no object', []],
  ['no known shape', { lat: 1, lon: 2 }],
  ['the present weather without a time', { main: { temp: 1 } }],
  ['a time in milliseconds', { main: { temp: 1 }, dt: 1661870592000 }],
  ['a time as text', { data: [{ dt: '1661870592', temp: 1 }] }],
  ['a list that is none', { data: {} }],
  ['a record without a time among good ones', { data: [{ dt: 1661870592, temp: 1 }, { temp: 2 }] }],
  ['hours that are none', { current: { dt: 1661870592 }, hourly: 'soon' }],
] as const)
  test(`${name} is not an answer`, () => {
    assert.equal(typeof decodeAnswer(body, NEVER), 'string');
  });

function numbersIn(value: unknown, found = new Set<number>()): Set<number> {
  if (typeof value === 'number') found.add(value);
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) numbersIn(inner, found);
  return found;
}

/** Every value decoded stands in the body, and every instant is one of its times. */
function holdsOnlyWhatStands(body: unknown): void {
  const answer = decodeAnswer(body, 1714063536_000);
  if (typeof answer === 'string') return;
  const held = numbersIn(body);
  for (const one of [...answer.records, ...answer.ahead]) {
    for (const value of Object.values(one.values))
      assert.ok(value === null || (held.has(value) && Number.isFinite(value)), String(value));
    for (const at of [one.validAt, one.sunriseAt, one.sunsetAt])
      assert.ok(at === null || [...held].some((seconds) => Math.round(seconds * 1000) === at));
    assert.ok(one.condition === null || held.has(one.condition.id));
  }
}

test('whatever JSON arrives, nothing is thrown and nothing is made up', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), holdsOnlyWhatStands));
});

test('real bodies with anything in place of any value never give a value that they do not hold', () => {
  const fixtures = [
    'zocca-weather-2022-08-30',
    'timemachine-2024-04-25',
    'onecall-2024-04-25',
    'timeline-2024-04-25',
  ].map((name) => text(`${name}.json`));
  const junk = fc.constantFrom(
    'null',
    'true',
    '"6.84"',
    '1e999',
    '-1e999',
    '{}',
    '[]',
    '[[]]',
    '1e308',
    '{"1h":1e999}',
    '-0',
  );
  fc.assert(
    fc.property(fc.constantFrom(...fixtures), fc.nat(), junk, (fixture, spot, value) => {
      const spots = [...fixture.matchAll(/(?<=[:[,])(-?\d+(?:\.\d+)?|"[^"]*"|\{[^{}]*\}|\[[^[\]]*\])(?=[,}\]])/g)];
      const match = spots[spot % spots.length];
      if (!match) return;
      const body = fixture.slice(0, match.index) + value + fixture.slice(match.index + match[0].length);
      let parsed: unknown;
      try {
        parsed = JSON.parse(body);
      } catch {
        return;
      }
      holdsOnlyWhatStands(parsed);
    }),
    { numRuns: 1000 },
  );
});
