import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { askedProviders, KEY } from './asked-providers.ts';

const DAKAR = 'lat=14.7333&lon=-17.5&units=metric';

test('2.5 weather has the keys of the real body in their order, and the time of the data, not of the question', async () => {
  const { ask, clock } = askedProviders({ at: Date.UTC(2024, 7, 20, 12) });
  const seen = new Set<string>();
  for (let step = 0; step < 200; step++) {
    const body = JSON.parse((await ask(`/data/2.5/weather?${DAKAR}`)).text);
    seen.add(Object.keys(body).join());
    assert.deepEqual(Object.keys(body.main), [
      'temp',
      'feels_like',
      'temp_min',
      'temp_max',
      'pressure',
      'humidity',
      'sea_level',
      'grnd_level',
    ]);
    assert.ok(body.dt <= clock.now() / 1000 && body.dt > clock.now() / 1000 - 600);
    assert.ok(Number.isInteger(body.main.pressure) && Number.isInteger(body.main.humidity));
    await clock.advanceBy(37 * MINUTE_MS);
  }
  const dry = 'coord,weather,base,main,visibility,wind,clouds,dt,sys,timezone,id,name,cod';
  const wet = 'coord,weather,base,main,visibility,wind,rain,clouds,dt,sys,timezone,id,name,cod';
  assert.deepEqual([...seen].sort(), [dry, wet].sort());
});

test('3.0 timemachine echoes the instant asked for, in records of the documented order', async () => {
  const { ask } = askedProviders();
  const { text } = await ask(`/data/3.0/onecall/timemachine?${DAKAR}&dt=1707998856`);
  const body = JSON.parse(text);
  assert.deepEqual(Object.keys(body), ['lat', 'lon', 'timezone', 'timezone_offset', 'data']);
  assert.equal(body.timezone, 'Africa/Dakar');
  assert.equal(body.data.length, 1);
  assert.equal(body.data[0].dt, 1_707_998_856);
  assert.equal(
    Object.keys(body.data[0]).join(),
    'dt,sunrise,sunset,temp,feels_like,pressure,humidity,dew_point,uvi,clouds,visibility,wind_speed,wind_deg,wind_gust,weather',
  );
  const old = JSON.parse((await ask(`/data/3.0/onecall/timemachine?${DAKAR}&dt=1700000000`)).text);
  assert.equal(old.data[0].uvi, undefined);
});

test('3.0 onecall has its parts, and leaves out what is excluded', async () => {
  const { ask } = askedProviders();
  const body = JSON.parse((await ask(`/data/3.0/onecall?${DAKAR}`)).text);
  assert.deepEqual(
    [body.minutely.length, body.hourly.length, body.daily.length, typeof body.current.temp],
    [60, 48, 8, 'number'],
  );
  assert.equal(body.hourly[0].dt, Date.UTC(2024, 1, 15, 12) / 1000);
  assert.equal(typeof body.hourly[0].pop, 'number');
  const small = JSON.parse((await ask(`/data/3.0/onecall?${DAKAR}&exclude=minutely,daily,alerts`)).text);
  assert.deepEqual(Object.keys(small), ['lat', 'lon', 'timezone', 'timezone_offset', 'current', 'hourly']);
});

test('4.0 timelines come in pages whose links hold the key', async () => {
  const { ask } = askedProviders();
  const start = Date.UTC(2024, 1, 10) / 1000;
  const body = JSON.parse((await ask(`/data/4.0/onecall/timeline/1h?${DAKAR}&start=${start}&cnt=50`)).text);
  assert.equal(body.data.length, 20);
  assert.equal(body.data[19].dt, start + 19 * 3600);
  assert.equal(new URL(body.next).searchParams.get('appid'), KEY);
  assert.equal(new URL(body.next).searchParams.get('start'), String(start + 20 * 3600));
  const current = JSON.parse((await ask(`/data/4.0/onecall/current?${DAKAR}`)).text);
  assert.deepEqual(current.data[0].alerts, []);
});

test('units are kelvin by default, and imperial on demand', async () => {
  const { ask } = askedProviders();
  const temp = async (units: string) =>
    JSON.parse((await ask(`/data/2.5/weather?lat=14.7333&lon=-17.5${units}`)).text).main.temp as number;
  const metric = await temp('&units=metric');
  assert.ok(Math.abs((await temp('')) - metric - 273.15) < 0.011);
  assert.ok(Math.abs((await temp('&units=imperial')) - (metric * 1.8 + 32)) < 0.02);
});

test('polar day and night have no sunrise and no sunset', async () => {
  const place = 'lat=69.65&lon=18.95&units=metric';
  const summer = askedProviders({ at: Date.UTC(2024, 5, 21, 12) });
  const body = JSON.parse((await summer.ask(`/data/3.0/onecall/timemachine?${place}&dt=1718971200`)).text);
  assert.equal('sunrise' in body.data[0] || 'sunset' in body.data[0], false);
  assert.equal(JSON.parse((await summer.ask(`/data/2.5/weather?${place}`)).text).sys.sunrise, undefined);
});

test('the three kinds of 401 have their bodies', async () => {
  const { ask } = askedProviders({ products: ['2.5'] });
  const bad = await ask(`/data/2.5/weather?${DAKAR}&appid=nonsense`);
  assert.equal(bad.status, 401);
  assert.equal(
    bad.text,
    '{"cod":401,"message":"Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."}',
  );
  const unsubscribed = await ask(`/data/3.0/onecall?${DAKAR}`);
  assert.equal(unsubscribed.status, 401);
  assert.match(unsubscribed.text, /^\{"cod":401, "message": "Please note that using One Call 3\.0 requires a separate/);
  assert.equal((await ask(`/data/2.5/onecall?${DAKAR}`)).status, 401);
  assert.equal((await ask('/data/2.5/group?id=1,2')).status, 401);
});

test('wrong parameters are refused: with a string cod in 2.5, with the parameter in 3.0', async () => {
  const { ask } = askedProviders();
  const two = await ask('/data/2.5/weather?lon=1');
  assert.deepEqual([two.status, two.text], [400, '{"cod":"400","message":"Nothing to geocode"}']);
  const three = await ask(`/data/3.0/onecall/day_summary?${DAKAR}&date=yesterday`);
  assert.deepEqual(
    [three.status, three.text],
    [400, '{"cod":400,"message":"Invalid date format","parameters":["date"]}'],
  );
  assert.equal((await ask(`/data/3.0/onecall/timemachine?${DAKAR}`)).status, 400);
  assert.equal((await ask(`/data/3.0/onecall/timemachine?${DAKAR}&dt=283996799`)).status, 400);
});

test('the free calls of a day are shared by 3.0 and 4.0 and come back at midnight UTC; 2.5 has minutes of its own', async () => {
  const { ask, clock, providers } = askedProviders({ at: Date.UTC(2024, 1, 28, 20) });
  for (let call = 0; call < 1000; call++) {
    const product = call % 2 === 0 ? '3.0/onecall/timemachine' : '4.0/onecall/current';
    assert.equal((await ask(`/data/${product}?${DAKAR}&dt=1709150400`)).status, 200);
  }
  const refused = await ask(`/data/3.0/onecall?${DAKAR}`);
  assert.equal(refused.status, 429);
  assert.match(refused.text, /^\{"cod":429,"message":"Your account is temporary blocked due to exceeding of requests/);
  assert.equal(refused.headers['retry-after'], undefined);
  for (let call = 0; call < 60; call++) assert.equal((await ask(`/data/2.5/weather?${DAKAR}`)).status, 200);
  assert.equal((await ask(`/data/2.5/weather?${DAKAR}`)).status, 429);
  await clock.advanceBy(MINUTE_MS);
  assert.equal((await ask(`/data/2.5/weather?${DAKAR}`)).status, 200);
  await clock.advanceTo(Math.ceil(clock.now() / DAY_MS) * DAY_MS);
  assert.equal((await ask(`/data/3.0/onecall?${DAKAR}`)).status, 200);
  assert.equal(
    providers.usage().reduce((sum, { overspent }) => sum + overspent, 0),
    2,
  );
  assert.ok(!JSON.stringify(providers.usage()).includes(KEY));
});
