import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS, manualClock } from '../core/time.ts';
import { memoryStore } from './poll-world.contract.ts';
import { quotaGate } from './quota.ts';
import type { QuotaWindow } from './source.ts';

const DAY = Date.UTC(2024, 1, 29);

function gate(
  quota: readonly QuotaWindow[],
  { store = memoryStore(), startAt = DAY, costPerRound = 0, reserveShare = 0 } = {},
) {
  const clock = manualClock(startAt);
  const make = () =>
    quotaGate({
      sourceId: 'a',
      capabilities: { quota, credential: '12345678' },
      plan: { everyMs: 15 * MINUTE_MS, costPerRound, reserveShare },
      store: store.quota,
      clock,
    });
  return { clock, make, quota: make() };
}

test('a call is charged to every window, and refused when one has no room, naming it and its reset', async () => {
  const { quota, clock } = gate([
    { name: 'hour', limit: 3 },
    { name: 'day', limit: 4 },
  ]);
  assert.equal((await quota.reserve(2, 'plan')).granted, true);
  assert.deepEqual(await quota.reserve(2, 'plan'), { granted: false, window: 'hour', resetsAt: DAY + HOUR_MS });
  clock.set(DAY + HOUR_MS);
  assert.equal((await quota.reserve(2, 'plan')).granted, true);
  assert.deepEqual(await quota.reserve(1, 'plan'), { granted: false, window: 'day', resetsAt: DAY + DAY_MS });
  assert.deepEqual(
    (await quota.read()).map(({ used }) => used),
    [2, 4],
  );
});

test('the count survives a restart and begins anew with the provider’s day in UTC', async () => {
  const { quota, make, clock } = gate([{ name: 'day', limit: 10 }], { startAt: DAY + 23 * HOUR_MS });
  await quota.reserve(10, 'plan');
  const restarted = make();
  assert.equal((await restarted.reserve(1, 'plan')).granted, false);
  clock.set(DAY + DAY_MS - 1);
  assert.equal((await restarted.reserve(1, 'plan')).granted, false);
  clock.set(DAY + DAY_MS);
  assert.equal((await restarted.reserve(10, 'plan')).granted, true);
});

test('a clock that is set back over midnight does not give the day out twice', async () => {
  const { quota, clock } = gate([{ name: 'day', limit: 10 }], { startAt: DAY + DAY_MS });
  await quota.reserve(10, 'plan');
  clock.set(DAY + 23 * HOUR_MS);
  assert.equal((await quota.reserve(1, 'plan')).granted, false);
});

test('what is not a first try leaves what the coming rounds of the window need', async () => {
  const { quota, clock } = gate([{ name: 'day', limit: 1000 }], { costPerRound: 10 });
  assert.equal((await quota.reserve(51, 'again')).granted, false);
  assert.equal((await quota.reserve(50, 'again')).granted, true);
  assert.equal((await quota.reserve(1, 'again')).granted, false);
  assert.equal((await quota.reserve(10, 'plan')).granted, true);
  clock.set(DAY + 12 * HOUR_MS);
  assert.equal((await quota.reserve(1, 'again', 470)).granted, false);
  assert.equal((await quota.reserve(1, 'again', 469)).granted, true);
});

test('filling holes leaves the reserve to second tries, less of it as the day goes by', async () => {
  const { quota, clock } = gate([{ name: 'day', limit: 1000 }], { costPerRound: 5, reserveShare: 0.1 });
  assert.equal((await quota.reserve(426, 'holes')).granted, false);
  assert.equal((await quota.reserve(425, 'holes')).granted, true);
  assert.equal((await quota.reserve(100, 'again')).granted, true);
  clock.set(DAY + DAY_MS - MINUTE_MS);
  assert.equal((await quota.reserve(474, 'holes')).granted, true);
  assert.equal((await quota.reserve(1, 'holes')).granted, false);
});

test('a call that ends in the next window is charged to both', async () => {
  const { quota, clock } = gate([{ name: 'day', limit: 10 }], { startAt: DAY + DAY_MS - 500 });
  const answer = await quota.reserve(3, 'plan');
  clock.set(DAY + DAY_MS + 500);
  if (answer.granted) await quota.settle(3, answer.chargedAt);
  assert.equal((await quota.read())[0]?.used, 3);
});

test('what the plan still needs until the window starts anew is told beside what is used', async () => {
  const { quota } = gate([{ name: 'day', limit: 1000 }], { startAt: DAY + 23 * HOUR_MS, costPerRound: 13 });
  await quota.reserve(13, 'plan');
  assert.deepEqual(
    (await quota.read()).map(({ used, ahead }) => [used, ahead]),
    [[13, 3 * 13]],
  );
});

test('a source without limits is charged nothing', async () => {
  const { quota } = gate([]);
  assert.equal((await quota.reserve(1e9, 'plan')).granted, true);
  assert.deepEqual(await quota.read(), []);
});
