import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE_MS } from '../../../core/time.ts';
import { alwaysFaults } from '../faults.ts';
import { askedProviders } from './asked-providers.ts';

const DAKAR = 'latitude=14.7333&longitude=-17.5';
const BOTH = 'latitude=14.7333,15.65&longitude=-17.5,-13.25';
const reason = (text: string) => (JSON.parse(text) as { error: true; reason: string }).reason;

test('one place is an object with its keys in the documented order and units beside the values', async () => {
  const { ask } = askedProviders();
  const { status, headers, text } = await ask(
    `/v1/forecast?${DAKAR}&current=temperature_2m,weather_code&hourly=temperature_2m,wind_speed_10m,visibility&forecast_hours=2&daily=sunrise&timezone=GMT&forecast_days=1`,
  );
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  const body = JSON.parse(text);
  assert.deepEqual(Object.keys(body), [
    'latitude',
    'longitude',
    'generationtime_ms',
    'utc_offset_seconds',
    'timezone',
    'timezone_abbreviation',
    'elevation',
    'current_units',
    'current',
    'hourly_units',
    'hourly',
    'daily_units',
    'daily',
  ]);
  assert.deepEqual(body.current_units, {
    time: 'iso8601',
    interval: 'seconds',
    temperature_2m: '°C',
    weather_code: 'wmo code',
  });
  assert.deepEqual(Object.keys(body.current), ['time', 'interval', 'temperature_2m', 'weather_code']);
  assert.equal(body.current.time, '2024-02-15T12:00');
  assert.equal(body.current.interval, 900);
  assert.deepEqual(body.hourly_units, {
    time: 'iso8601',
    temperature_2m: '°C',
    wind_speed_10m: 'km/h',
    visibility: 'm',
  });
  assert.deepEqual(body.hourly.time, ['2024-02-15T12:00', '2024-02-15T13:00']);
  assert.deepEqual(body.daily.time, ['2024-02-15']);
  assert.match(body.daily.sunrise[0], /^2024-02-15T07:\d\d$/);
  assert.match(
    text,
    /"hourly":\{"time":\[[^\]]+\],"temperature_2m":\[-?\d+\.\d,-?\d+\.\d\],"wind_speed_10m":\[\d+\.\d,\d+\.\d\],"visibility":\[\d+\.\d\d,/,
  );
});

test('several places are an array in the order asked, with a location id from the second on and the cells of the grid', async () => {
  const { ask } = askedProviders();
  const body = JSON.parse((await ask(`/v1/forecast?${BOTH}&current=temperature_2m&timeformat=unixtime`)).text);
  assert.equal(body.length, 2);
  assert.equal(body[0].location_id, undefined);
  assert.equal(body[1].location_id, 1);
  assert.notEqual(body[1].latitude, 15.65);
  assert.equal(body[0].current_units.time, 'unixtime');
  assert.equal(body[0].current.time, Date.UTC(2024, 1, 15, 12) / 1000);
});

test('quarters of an hour lie between their hours, and their rain is a quarter of the hour', async () => {
  const { ask } = askedProviders({ at: Date.UTC(2024, 7, 20, 20) });
  const names = 'temperature_2m,rain,showers';
  const path = (block: string, start: string, end: string, step: string) =>
    `/v1/forecast?${DAKAR}&${block}=${names}&start_${step}=${start}&end_${step}=${end}`;
  const quarters = JSON.parse(
    (await ask(path('minutely_15', '2024-08-20T12:00', '2024-08-20T13:00', 'minutely_15'))).text,
  ).minutely_15;
  const hours = JSON.parse((await ask(path('hourly', '2024-08-20T12:00', '2024-08-20T13:00', 'hour'))).text).hourly;
  assert.equal(quarters.time.length, 5);
  assert.equal(quarters.temperature_2m[0], hours.temperature_2m[0]);
  assert.equal(quarters.temperature_2m[4], hours.temperature_2m[1]);
  const [low, high] = [...hours.temperature_2m].sort((one: number, other: number) => one - other);
  assert.ok(quarters.temperature_2m.every((celsius: number) => celsius >= low && celsius <= high));
  const fallen = quarters.showers.slice(1).reduce((sum: number, mm: number) => sum + mm, 0);
  assert.ok(Math.abs(fallen - hours.showers[1]) < 0.03);
});

test('wrong questions get the provider’s own sentences', async () => {
  const { ask } = askedProviders();
  const sentences: readonly (readonly [string, string])[] = [
    ['latitude=91&longitude=0&hourly=rain', 'Latitude must be in range of -90 to 90°. Given: 91.0.'],
    ['latitude=1&longitude=-181.5&hourly=rain', 'Longitude must be in range of -180 to 180°. Given: -181.5.'],
    ['latitude=1,2&longitude=0', "Parameter 'latitude' and 'longitude' must have the same number of elements"],
    ['hourly=rain', "Parameter 'latitude' and 'longitude' must not be empty"],
    [`${DAKAR}&past_days=93`, 'Past days is invalid. Allowed range 0 to 92. Given 93.'],
    [`${DAKAR}&forecast_days=17`, 'Forecast days is invalid. Allowed range 0 to 16. Given 17.'],
    [`${DAKAR}&timezone=Mars/Base`, 'Invalid timezone'],
    [`${DAKAR}&start_date=2024-02-10&end_date=2024-02-09`, 'End-date must be larger or equals than start-date'],
    [`${DAKAR}&start_date=2024-02-10`, "Both 'start_date' and 'end_date' must be set in the url"],
    [`${DAKAR}&start_date=10.2.2024&end_date=2024-02-09`, "Invalid date format. Make sure to use 'YYYY-MM-DD'"],
    [
      `${DAKAR}&start_date=2024-02-09&end_date=2024-02-10&past_days=1`,
      "Parameter 'past_days' is mutually exclusive with 'start_date' and 'end_date'",
    ],
    [
      `${DAKAR}&start_date=2023-01-01&end_date=2024-02-10`,
      "Parameter 'start_date' is out of allowed range from 2023-11-15 to 2024-03-01",
    ],
  ];
  for (const [query, sentence] of sentences) {
    const { status, text } = await ask(`/v1/forecast?${query}`);
    assert.equal(status, 400, query);
    assert.equal(text, JSON.stringify({ error: true, reason: sentence }));
  }
  assert.match(
    reason((await ask(`/v1/forecast?${DAKAR}&hourly=heat`)).text),
    /invalid String value heat for key hourly/,
  );
  assert.equal(reason((await ask(`/v1/archive?${DAKAR}&hourly=rain`)).text), "Parameter 'start_date' is required");
});

test('a call weighs its variables over ten and its days over a fortnight, for each place', async () => {
  const { ask, providers } = askedProviders();
  const used = () => providers.usage().find(({ window }) => window === 'day')?.used ?? 0;
  const cost = async (query: string) => {
    const before = used();
    await ask(`/v1/forecast?${query}`);
    return Math.round((used() - before) * 1000) / 1000;
  };
  const five = 'temperature_2m,rain,showers,snowfall,cloud_cover';
  assert.equal(await cost(`${BOTH}&hourly=${five}`), 2);
  assert.equal(await cost(`${DAKAR}&hourly=${five}&current=${five}&minutely_15=${five}`), 1.5);
  assert.equal(
    await cost(`${BOTH}&hourly=${five},visibility,uv_index,is_day,weather_code,dew_point_2m&past_days=21`),
    4,
  );
  assert.equal(await cost(`${DAKAR}&hourly=heat`), 1);
});

test('the minute, the hour and the day run out on the wall clock, each with its sentence', async () => {
  const { ask, clock } = askedProviders({ at: Date.UTC(2024, 1, 15, 23, 50) });
  const points = Array.from({ length: 300 }, (_, index) => index / 10);
  const heavy = `/v1/forecast?latitude=${points.join(',')}&longitude=${points.join(',')}&current=rain`;
  assert.equal((await ask(heavy)).status, 200);
  assert.equal((await ask(heavy)).status, 200);
  const third = await ask(heavy);
  assert.equal(third.status, 429);
  assert.equal(reason(third.text), 'Minutely API request limit exceeded. Please try again in one minute.');
  assert.equal(third.headers['retry-after'], undefined);
  for (let calls = 2; calls < 17; calls++) {
    if (calls % 2 === 0) await clock.advanceBy(MINUTE_MS);
    assert.equal((await ask(heavy)).status, 200);
  }
  await clock.advanceBy(MINUTE_MS);
  assert.equal(
    reason((await ask(heavy)).text),
    'Hourly API request limit exceeded. Please try again in the next hour.',
  );
  await clock.advanceTo(Date.UTC(2024, 1, 16));
  assert.equal((await ask(heavy)).status, 200);
});

test('the customer host wants its key, and a key sent to the free host is redirected there', async () => {
  const { ask, providers } = askedProviders();
  const query = `/v1/forecast?${DAKAR}&current=rain`;
  const none = await ask(`https://customer-api.open-meteo.com${query}`);
  assert.deepEqual([none.status, reason(none.text)], [401, 'API key required. Please add &apikey= to the URL.']);
  const wrong = await ask(`https://customer-api.open-meteo.com${query}&apikey=x`);
  assert.deepEqual([wrong.status, reason(wrong.text)], [400, 'The supplied API key is invalid.']);
  assert.equal((await ask(`${query}&apikey=a-paid-key`)).status, 200);
  assert.equal(providers.usage().filter(({ provider }) => provider === 'open-meteo').length, 0);
});

test('metadata of a model names its newest run, and a stale provider an old one', async () => {
  const path = '/data/dwd_icon/static/meta.json';
  const fresh = JSON.parse((await askedProviders().ask(path)).text);
  assert.deepEqual(fresh, {
    data_end_time: Date.UTC(2024, 2, 2, 6) / 1000,
    last_run_availability_time: Date.UTC(2024, 1, 15, 9, 30) / 1000,
    last_run_initialisation_time: Date.UTC(2024, 1, 15, 6) / 1000,
    last_run_modification_time: Date.UTC(2024, 1, 15, 9, 27) / 1000,
    temporal_resolution_seconds: 3600,
    update_interval_seconds: 21_600,
  });
  const stale = JSON.parse((await askedProviders({ faults: alwaysFaults('stale-time') }).ask(path)).text);
  assert.equal(fresh.last_run_initialisation_time - stale.last_run_initialisation_time, 86_400);
});

test('several models have their names behind each variable', async () => {
  const { ask } = askedProviders();
  const { hourly } = JSON.parse(
    (await ask(`/v1/forecast?${DAKAR}&hourly=temperature_2m&models=icon_global,gfs_global&forecast_days=1`)).text,
  );
  assert.deepEqual(Object.keys(hourly), ['time', 'temperature_2m_icon_global', 'temperature_2m_gfs_global']);
  assert.notDeepEqual(hourly.temperature_2m_icon_global, hourly.temperature_2m_gfs_global);
});
