import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, HOUR_MS, toRfc3339 } from '../../core/time.ts';
import { engineForecaster } from '../engine.ts';
import { decodeState } from '../models/engine-state.ts';
import { shippedPrior } from '../shipped-prior.ts';
import { expertsIn, sensorIn } from './memory-now.ts';

const SITE = { latitude: 47, longitude: 8, elevationM: null };
const learnt = (days: number, valueAt: (hour: number) => number) => {
  const memory = engineForecaster(shippedPrior()).start(SITE);
  memory.observe(
    Array.from({ length: days * 24 }, (_, hour) => ({
      validAt: Date.UTC(2026, 5, 1) + hour * HOUR_MS,
      temperatureC: valueAt(hour),
    })),
  );
  return memory;
};

test('weights are shares, and the pooled model leads at a place that has learnt nothing', () => {
  for (const { weights } of expertsIn(decodeState(learnt(0, () => 0).serialise()))) {
    const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
    assert.ok(Math.abs(sum - 1) < 1e-12);
    assert.ok((weights.pooled ?? 0) > 3 * (weights.persistence ?? 1));
  }
});

test('where every day is the day before, yesterday comes to weigh most at long leads', () => {
  const days = 40;
  const course = (hour: number) => 15 + 6 * Math.sin(hour ** 2) + 4 * Math.cos(((hour % 24) * 2 * Math.PI) / 24);
  const repeated = learnt(days, (hour) => course(hour % 24));
  const far = expertsIn(decodeState(repeated.serialise())).find(({ leadHours }) => leadHours === 24);
  assert.ok((far?.weights.yesterday ?? 0) > (far?.weights.pooled ?? 1), JSON.stringify(far));
  assert.equal(repeated.newestAt, Date.UTC(2026, 5, 1) + days * DAY_MS - HOUR_MS);
});

test('readings that were kept out are told, the newest first, and so is a clock that seems right', () => {
  const spiked = new Map([
    [400, 60],
    [500, 58.25],
    [501, 58.25],
  ]);
  const course = (hour: number) => 15 + 4 * Math.cos(((hour % 24) * 2 * Math.PI) / 24);
  const { doubted, clock } = sensorIn(decodeState(learnt(30, (hour) => spiked.get(hour) ?? course(hour)).serialise()));
  const at = (hour: number) => toRfc3339(Date.UTC(2026, 5, 1) + hour * HOUR_MS);
  assert.deepEqual(doubted, [
    { from: at(500), to: at(501), temperatureC: 58.25 },
    { from: at(400), to: at(400), temperatureC: 60 },
  ]);
  assert.equal(clock, null);
});
