import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import { type ProviderLimit, ProviderQuota } from './provider-quota.ts';

const startAt = Date.UTC(2024, 1, 28, 23, 58, 30);
const minuteAndDay: readonly ProviderLimit[] = [
  { window: 'minute', limit: 10 },
  { window: 'day', limit: 25 },
];

test('windows reset on the wall clock, and the tightest one that is full is named', () => {
  const quota = new ProviderQuota('p');
  assert.equal(quota.admit('k', minuteAndDay, startAt, 10), null);
  assert.equal(quota.admit('k', minuteAndDay, startAt + 20_000, 1), 'minute');
  assert.equal(quota.admit('k', minuteAndDay, startAt + 30_000, 10), null);
  assert.equal(quota.admit('k', minuteAndDay, startAt + 31_000, 1), 'minute');
  assert.equal(quota.admit('k', minuteAndDay, startAt + 90_000, 5), null);
  const tomorrow = quota.usage().find(({ window }) => window === 'day');
  assert.equal(tomorrow?.windowAt, Date.UTC(2024, 1, 29));
  assert.equal(tomorrow?.used, 5);
  assert.equal(tomorrow?.mostUsed, 20);
});

test('the check comes before the call, so one heavy call may overshoot, and that is counted', () => {
  const quota = new ProviderQuota('p');
  assert.equal(quota.admit('k', minuteAndDay, startAt, 9), null);
  assert.equal(quota.admit('k', minuteAndDay, startAt, 6), null);
  assert.equal(quota.usage().find(({ window }) => window === 'minute')?.overspent, 5);
});

test('a call beyond the limit is refused, costs nothing and counts as overspent', () => {
  const quota = new ProviderQuota('p');
  quota.admit('k', minuteAndDay, startAt, 10);
  assert.equal(quota.admit('k', minuteAndDay, startAt, 3), 'minute');
  const minute = quota.usage().find(({ window }) => window === 'minute');
  assert.deepEqual([minute?.used, minute?.overspent], [10, 3]);
  assert.equal(quota.usage().find(({ window }) => window === 'day')?.used, 10);
});

test('spending a limit to its last unit is not overspending', () => {
  const quota = new ProviderQuota('p');
  for (let unit = 0; unit < 10; unit++) assert.equal(quota.admit('k', minuteAndDay, startAt, 1), null);
  assert.equal(quota.usage()[0]?.overspent, 0);
});

test('a late provider lets calls through for ten minutes and goes on refusing after the reset', () => {
  const quota = new ProviderQuota('p');
  const daily: readonly ProviderLimit[] = [{ window: 'day', limit: 2 }];
  const at = Date.UTC(2024, 1, 28, 12);
  quota.admit('k', daily, at, 2, true);
  assert.equal(quota.admit('k', daily, at + 5 * MINUTE_MS, 1, true), null);
  assert.equal(quota.admit('k', daily, at + 10 * MINUTE_MS, 1, true), 'day');
  const midnight = Date.UTC(2024, 1, 29);
  assert.equal(quota.admit('k', daily, midnight + MINUTE_MS, 1, true), 'day');
  assert.equal(quota.admit('k', daily, midnight + 11 * MINUTE_MS, 1, true), null);
});

test('each credential has counters of its own, and a month is a calendar month in UTC', () => {
  const quota = new ProviderQuota('p');
  const monthly: readonly ProviderLimit[] = [{ window: 'month', limit: 1 }];
  assert.equal(quota.admit('a', monthly, startAt, 1), null);
  assert.equal(quota.admit('b', monthly, startAt, 1), null);
  assert.equal(quota.admit('a', monthly, startAt + HOUR_MS, 1), 'month');
  assert.equal(quota.admit('a', monthly, startAt + DAY_MS + HOUR_MS, 1), null);
});
