import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BSON } from 'mongodb';
import type { Observation } from '../../weather/observation.ts';
import type { Place } from '../../weather/place.ts';
import { noValues } from '../../weather/quantity.ts';
import { observationIn, type WeatherDocument, weatherDocument } from './weather-document.ts';

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

/** As the server would give it back. */
const sent = (document: WeatherDocument) => BSON.deserialize(BSON.serialize(document)) as unknown as WeatherDocument;

test('a reading comes back from its document to the last bit, and absent values stay absent', () => {
  for (const observation of [
    FULL,
    { ...FULL, slotAt: null, issuedAt: null, condition: null, sunriseAt: null, flags: [], values: noValues() },
  ]) {
    const document = weatherDocument({ observation, partition: 3, offset: 2 ** 40, item: 1 }, PLACE);
    assert.deepEqual(observationIn(sent(document)), { ...observation, corrections: 0 });
    assert.deepEqual(sent(document).hmt.rank, [observation.receivedAt, 3, 2 ** 40, 1]);
  }
});

test("a document has the original's twenty fields, with its times as text", () => {
  const { _id, hmt, ...fields } = weatherDocument(
    { observation: { ...FULL, sunsetAt: T0 + 25_200_000 }, partition: 0, offset: 0, item: 0 },
    PLACE,
  );
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

test('what is no finite number is written as null', () => {
  const values = { ...noValues(), temperatureC: 20, windGustMps: Number.NaN, snow1hMm: Number.POSITIVE_INFINITY };
  const document = weatherDocument({ observation: { ...FULL, values }, partition: 0, offset: 0, item: 0 }, PLACE);
  assert.deepEqual([document.temp, document.wind_gust, document.snow_1h], [20, null, null]);
});
