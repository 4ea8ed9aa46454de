import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HarmattanError } from '../core/errors.ts';
import { HOUR_MS, MINUTE_MS } from '../core/time.ts';
import { engineForecaster } from './engine.ts';
import { predict } from './predict-api.ts';
import { shippedPrior } from './shipped-prior.ts';

const options = { forecaster: engineForecaster(shippedPrior()), maxPoints: 100_000 };
const ask = (more: Record<string, unknown> = {}) => ({
  latitude: 14.73,
  longitude: -17.5,
  data: [{ ds: '2023-07-22 12:54:00', y: 30.1 }],
  ...more,
});
const AT = Date.UTC(2023, 6, 22, 12);
const stamp = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
const points = (count: number, stepMs: number) =>
  Array.from({ length: count }, (_, index) => {
    const at = AT - (count - 1 - index) * stepMs;
    return { ds: stamp(at), y: Math.round(100 * (27 + 4 * Math.sin((2 * Math.PI * at) / (24 * HOUR_MS)))) / 100 };
  });

const refused = (body: unknown, field: string) =>
  assert.throws(
    () => predict(body, options),
    (error) => error instanceof HarmattanError && error.code === 'HMT_FORECAST_INPUT' && error.field === field,
    `${JSON.stringify(body)?.slice(0, 100)} should be refused for ${field}`,
  );

test('the original request gets a reply of exactly the original shape', () => {
  const reply = JSON.stringify(predict(ask(), options));
  assert.match(
    reply,
    /^\{"predictions":\[\{"timestamp":"2023-07-22 13:00:00","temperature":[\d.]+\},\{"timestamp":"2023-07-22 14:00:00","temperature":[\d.]+\},\{"timestamp":"2023-07-22 15:00:00","temperature":[\d.]+\}\]\}$/,
  );
  for (const { temperature } of predict(ask(), options).predictions) assert.ok(Math.abs(temperature - 30.1) < 2);
});

test('a reading on the full hour is followed by the next full hour', () => {
  const data = [{ ds: '2023-12-31 23:00:00', y: 20 }];
  assert.equal(predict(ask({ data }), options).predictions[0]?.timestamp, '2024-01-01 00:00:00');
});

test('times without a zone are UTC, with or without T, and a zone is heeded', () => {
  for (const ds of ['2023-07-22T12:54:00', '2023-07-22T12:54:00Z', '2023-07-22 12:54', '2023-07-22T14:54:00+02:00'])
    assert.equal(predict(ask({ data: [{ ds, y: 1 }] }), options).predictions[0]?.timestamp, '2023-07-22 13:00:00', ds);
});

test('two readings 11 minutes apart are answered from the later one, in whatever order they come', () => {
  const data = [
    { ds: '2023-07-22 12:54:00', y: 30.1 },
    { ds: '2023-07-22 12:43:00', y: 29 },
  ];
  assert.deepEqual(predict(ask({ data }), options), predict(ask({ data: [...data].reverse() }), options));
  assert.ok(Math.abs((predict(ask({ data }), options).predictions[0]?.temperature ?? 0) - 30.1) < 0.5);
});

test('of two readings with the same time the later in the list counts', () => {
  const ds = '2023-07-22 12:54:00';
  const data = [
    { ds, y: 10 },
    { ds, y: 20 },
  ];
  assert.ok((predict(ask({ data }), options).predictions[0]?.temperature ?? 0) > 19);
});

test('with some days of history the reply follows the course of the day', () => {
  const { predictions, tier } = predict(ask({ data: points(240, HOUR_MS), horizon: 24, levels: [0.5] }), options);
  assert.equal(tier, '7d');
  const values = predictions.map(({ temperature }) => temperature);
  assert.ok(Math.max(...values) > 30 && Math.min(...values) < 24, `${values}`);
});

test('gaps, odd spacing and disorder are answered', () => {
  const data = points(2_000, 11 * MINUTE_MS).filter((_, index) => index % 7 !== 3 && (index < 500 || index > 700));
  const shuffled = [...data.slice(900), ...data.slice(0, 900)];
  assert.deepEqual(
    predict(ask({ data: shuffled, horizon: 48 }), options),
    predict(ask({ data, horizon: 48 }), options),
  );
});

test('100,000 points are answered', () => {
  assert.equal(predict(ask({ data: points(100_000, MINUTE_MS), horizon: 48 }), options).predictions.length, 48);
});

test('points that lie further back than they matter change nothing', () => {
  const data = points(900, 12 * HOUR_MS);
  assert.deepEqual(predict(ask({ data }), options), predict(ask({ data: data.slice(-800) }), options));
  assert.notDeepEqual(predict(ask({ data }), options), predict(ask({ data: data.slice(-1) }), options));
});

test('horizon, levels and bands add hours and fields, and only then', () => {
  const reply = predict(ask({ horizon: 5, levels: [0.1, 0.5], bands: [80] }), options);
  assert.equal(reply.predictions.length, 5);
  const [hour] = reply.predictions;
  assert.deepEqual(Object.keys(hour ?? {}), ['timestamp', 'temperature', 'quantiles', 'bands']);
  assert.deepEqual(Object.keys(hour?.quantiles ?? {}), ['0.1', '0.5']);
  assert.equal(hour?.bands?.['80']?.[0], hour?.quantiles?.['0.1']);
  assert.ok((hour?.bands?.['80']?.[1] ?? 0) > (hour?.temperature ?? 99));
  assert.deepEqual([reply.model, reply.tier, reply.calibration], ['pooled-1', 'reading', 'prior']);
  assert.deepEqual(Object.keys(predict(ask({ horizon: 5 }), options)), ['predictions']);
  const all = predict(ask({ levels: true, bands: true }), options).predictions[0];
  assert.equal(Object.keys(all?.quantiles ?? {}).length, 19);
  assert.equal(Object.keys(all?.bands ?? {}).length, 9);
});

test('whatever is wrong is named', () => {
  for (const body of [null, [], 'x', 3]) refused(body, 'body');
  refused(ask({ latitude: undefined }), 'latitude');
  refused(ask({ latitude: 91 }), 'latitude');
  refused(ask({ longitude: '3' }), 'longitude');
  refused(ask({ longitude: Number.NaN }), 'longitude');
  for (const data of [undefined, null, {}, [], 'x']) refused(ask({ data }), 'data');
  refused(ask({ data: Array.from({ length: 100_001 }, () => ({ ds: '2023-07-22 12:54:00', y: 1 })) }), 'data');
  refused(ask({ data: [null] }), 'data[0]');
  const good = { ds: '2023-07-22 12:54:00', y: 1 };
  for (const ds of [undefined, 5, '', '2023-02-30 00:00:00', '1978-12-31 23:00:00', '9999-01-01 00:00:00', 'now'])
    refused(ask({ data: [good, { ds, y: 1 }] }), 'data[1].ds');
  for (const y of [undefined, null, '30', Number.NaN, Number.POSITIVE_INFINITY, 66, -96, 303.15])
    refused(ask({ data: [good, good, good, { ds: good.ds, y }] }), 'data[3].y');
  for (const horizon of [0, 49, 2.5, '3', null]) refused(ask({ horizon }), 'horizon');
  refused(ask({ levels: 'all' }), 'levels');
  refused(ask({ levels: [0.5, 0.123] }), 'levels[1]');
  refused(ask({ bands: [95] }), 'bands[0]');
});

test('hostile bodies are answered or refused by name, never anything else', () => {
  const hostile = fc.anything({ withNullPrototype: true, withBigInt: true });
  fc.assert(
    fc.property(
      fc.oneof(hostile, fc.record({ latitude: hostile, longitude: hostile, data: hostile }), fc.constant(ask())),
      fc.record({ horizon: hostile, levels: hostile, bands: hostile }, { requiredKeys: [] }),
      fc.array(fc.oneof(hostile, fc.record({ ds: fc.oneof(hostile, fc.string()), y: hostile })), { maxLength: 5 }),
      (body, more, data) => {
        for (const one of [body, { ...ask(), ...more }, { ...ask(), data }])
          try {
            for (const { temperature } of predict(one, options).predictions) assert.ok(Number.isFinite(temperature));
          } catch (error) {
            assert.ok(error instanceof HarmattanError && error.field !== null, String(error));
          }
      },
    ),
  );
});
