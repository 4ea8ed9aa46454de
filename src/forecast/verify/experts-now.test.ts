import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { engineForecaster } from '../engine.ts';
import { shippedPrior } from '../shipped-prior.ts';
import { expertsIn } from './experts-now.ts';

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
  for (const { weights } of expertsIn(learnt(0, () => 0).serialise())) {
    const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
    assert.ok(Math.abs(sum - 1) < 1e-12);
    assert.ok((weights.pooled ?? 0) > 3 * (weights.persistence ?? 1));
  }
});

test('where every day is the day before, yesterday comes to weigh most at long leads', () => {
  const days = 40;
  const course = (hour: number) => 15 + 6 * Math.sin(hour ** 2) + 4 * Math.cos(((hour % 24) * 2 * Math.PI) / 24);
  const repeated = learnt(days, (hour) => course(hour % 24));
  const far = expertsIn(repeated.serialise()).find(({ leadHours }) => leadHours === 24);
  assert.ok((far?.weights.yesterday ?? 0) > (far?.weights.pooled ?? 1), JSON.stringify(far));
  assert.equal(repeated.newestAt, Date.UTC(2026, 5, 1) + days * DAY_MS - HOUR_MS);
});
