import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BSON } from 'mongodb';
import type { Observation } from '../../weather/observation.ts';
import type { Place } from '../../weather/place.ts';
import { noValues } from '../../weather/quantity.ts';
import { sourceOrder } from '../preference.ts';
import { type InstantReadings, meet } from './readings.ts';
import { readingsIn, type WeatherDocument, weatherDocument } from './weather-document.ts';

const PLACE: Place = {
  id: 'dakar',
  name: 'Dakar',
  names: { fr: 'Dakar', en: 'Dakar' },
  latitude: 14.7333,
  longitude: -17.5,
  elevationM: null,
  landscape: null,
  icao: null,
  timeZone: 'Africa/Dakar',
};
const T0 = Date.UTC(2026, 6, 22, 12, 45);
const FULL: Observation = {
  placeId: 'dakar',
  validAt: T0 + 7,
  slotAt: T0,
  receivedAt: T0 + 20_000,
  source: 'open-meteo',
  kind: 'analysis',
  issuedAt: T0 - 3_600_000,
  values: { ...noValues(), temperatureC: -12.75, humidityPct: 70.5, cloudCoverPct: 33.25, rain1hMm: 0 },
  condition: { id: 741, description: 'brouillard épais', icon: null },
  sunriseAt: T0 - 1,
  sunsetAt: null,
  flags: [{ quantity: 'pressureHpa', reason: 'out-of-range', original: -9999.5 }],
};
const COMPARE = sourceOrder(['metar', 'open-meteo']);

/** What is known once these have arrived, one after the other. */
function known(...observations: readonly Observation[]): InstantReadings {
  const none: InstantReadings = { placeId: 'dakar', validAt: FULL.validAt, revision: 0, readings: [] };
  return observations.reduce(
    (before, observation, item) => meet(before, { observation, partition: 3, offset: 2 ** 40, item }, COMPARE).readings,
    none,
  );
}

/** As the server would give it back. */
const sent = (document: WeatherDocument) => BSON.deserialize(BSON.serialize(document)) as unknown as WeatherDocument;
const documentOf = (...observations: readonly Observation[]) => weatherDocument(known(...observations), PLACE);

test('a reading comes back from its document to the last bit, and absent values stay absent', () => {
  for (const observation of [
    FULL,
    { ...FULL, slotAt: null, issuedAt: null, condition: null, sunriseAt: null, flags: [], values: noValues() },
  ]) {
    const { readings, revision } = readingsIn(sent(documentOf(observation)), COMPARE);
    assert.deepEqual(readings, [
      { observation: { ...observation, corrections: 0 }, rank: [observation.receivedAt, 3, 2 ** 40, 0] },
    ]);
    assert.equal(revision, 1);
  }
});

test("a document has the original's twenty fields, with its times as text", () => {
  const { _id, hmt, ...fields } = documentOf({ ...FULL, sunsetAt: T0 + 25_200_000 });
  assert.deepEqual(fields, {
    temp: -12.75,
    feels_like: null,
    dew_point: null,
    pressure: null,
    humidity: 70.5,
    visibility: null,
    wind_speed: null,
    wind_deg: null,
    wind_gust: null,
    uvi: null,
    sunrise: '2026-07-22 12:44:59',
    sunset: '2026-07-22 19:45:00',
    description: 'brouillard épais',
    main: 'Fog',
    icon: '50d',
    lat: 14.7333,
    lon: -17.5,
    region: 'Dakar',
    timezone: 'Africa/Dakar',
    timestamp: '2026-07-22 12:45:00',
    clouds: 33.25,
    rain_1h: 0,
    snow_1h: null,
  });
});

test("the preferred source's reading is the document's, and the others come back from it as well", () => {
  const metar = { ...FULL, source: 'metar', values: { ...noValues(), temperatureC: 20 } };
  const document = documentOf(FULL, metar, { ...FULL, source: 'zeta' });
  assert.equal(document.temp, 20);
  const { readings } = readingsIn(sent(document), COMPARE);
  assert.deepEqual(
    readings.map(({ observation }) => [observation.source, observation.values.temperatureC]),
    [
      ['metar', 20],
      ['open-meteo', -12.75],
      ['zeta', -12.75],
    ],
  );
  const [first] = readingsIn(sent(document), sourceOrder(['zeta'])).readings;
  assert.equal(first?.observation.source, 'zeta', 'another preference finds its own first');
});

test('what is no finite number is written as null', () => {
  const values = { ...noValues(), temperatureC: 20, windGustMps: Number.NaN, snow1hMm: Number.POSITIVE_INFINITY };
  const document = documentOf({ ...FULL, values });
  assert.deepEqual([document.temp, document.wind_gust, document.snow_1h], [20, null, null]);
});

test('of a place that no list names, the document says only what is known', () => {
  const { lat, lon, region, sunrise, sunset } = weatherDocument(known({ ...FULL, sunriseAt: null }), null);
  assert.deepEqual([lat, lon, region, sunrise, sunset], [null, null, 'dakar', null, null]);
});
