import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantIn, originalRecord } from './original-record.ts';

const DOCUMENT = {
  dew_point: '21.4',
  feels_like: 31.2,
  humidity: '66',
  pressure: 1012,
  sunrise: '2023-07-22 06:52:10',
  sunset: '2023-07-22 19:40:33',
  temp: '29.87',
  uvi: Number.NaN,
  visibility: 10000,
  description: 'broken clouds',
  main: 'Clouds',
  wind_deg: 290,
  wind_gust: '',
  wind_speed: '4.12',
  lat: 14.7333,
  lon: -17.5,
  region: 'Dakar',
  timezone: 'Africa/Dakar',
  icon: '04d',
  timestamp: '2023-07-22 12:54:00',
};

test('a document of the original becomes the record that it once was', () => {
  assert.deepEqual(originalRecord(DOCUMENT), {
    region_name: 'Dakar',
    data_temp: 29.87,
    data_feels_like: 31.2,
    data_dew_point: 21.4,
    data_pressure: 1012,
    data_humidity: 66,
    data_visibility: 10000,
    data_wind_speed: 4.12,
    data_wind_deg: 290,
    data_wind_gust: null,
    data_uvi: null,
    lat: 14.7333,
    lon: -17.5,
    data_dt: Date.UTC(2023, 6, 22, 12, 54) / 1000,
    data_sunrise: Date.UTC(2023, 6, 22, 6, 52, 10) / 1000,
    data_sunset: Date.UTC(2023, 6, 22, 19, 40, 33) / 1000,
    data_weather_id: 803,
    data_weather_description: 'broken clouds',
    data_weather_icon: '04d',
  });
});

test('what is no number, no time or no condition is absent', () => {
  const record = originalRecord({
    temp: '29,8',
    humidity: true,
    pressure: {},
    uvi: null,
    timestamp: 'now',
    main: 'Lava',
  });
  for (const name of ['data_temp', 'data_humidity', 'data_pressure', 'data_uvi', 'data_dt'])
    assert.equal(record[name], null, name);
  assert.equal('data_weather_id' in record, false);
});

test('times are UTC as they stand, whatever the clock of the machine', () => {
  const at = Date.UTC(2023, 6, 22, 12, 54);
  assert.equal(instantIn('2023-07-22 12:54:00'), at);
  assert.equal(instantIn('2023-07-22T12:54:00.000Z'), at);
  assert.equal(instantIn(new Date(at)), at);
  for (const wrong of ['', '2023-07-22', '2023-13-22 12:54:00', 1_690_030_440, null, undefined])
    assert.equal(instantIn(wrong), null, String(wrong));
});
