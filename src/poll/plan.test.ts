import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HarmattanError } from '../core/errors.ts';
import { DAY_MS, MINUTE_MS } from '../core/time.ts';
import { CADENCES_MINUTES, type PlanRequest, planPolling, unitsAhead } from './plan.ts';
import { toldSource } from './poll-world.contract.ts';
import { WINDOW_MS, windowEndAt, windowStartAt } from './quota-window.ts';
import type { SourceCapabilities } from './source.ts';

const request = (capabilities: Partial<SourceCapabilities>, rest: Partial<PlanRequest> = {}): PlanRequest => ({
  sourceId: 'openweathermap',
  capabilities: toldSource('a', capabilities).capabilities,
  places: 13,
  everyMinutes: 15,
  onQuota: 'stretch',
  reserveShare: 0.05,
  ...rest,
});

const THOUSAND_A_DAY: Partial<SourceCapabilities> = {
  placesPerCall: 1,
  costOf: () => 1,
  quota: [{ name: 'day', limit: 1000 }],
};

const refusal = (code: string) => (error: unknown) => error instanceof HarmattanError && error.code === code;

test('13 places every 15 minutes do not fit 1,000 a day: the plan stretches to 20 minutes and says so', () => {
  const plan = planPolling(request(THOUSAND_A_DAY));
  assert.equal(plan.everyMs, 20 * MINUTE_MS);
  assert.equal(plan.callsPerRound, 13);
  assert.equal(plan.stretched, true);
  assert.equal(
    plan.sentence,
    '13 places every 15 minutes would cost 13 × 96 = 1,248 units per day at openweathermap, whose quota is 1,000, ' +
      'of which 5 % stay in reserve: polling every 20 minutes instead, 936 units a day.',
  );
});

test('under strict it refuses instead, naming the setting', () => {
  assert.throws(
    () => planPolling(request(THOUSAND_A_DAY, { onQuota: 'strict' })),
    (error) => refusal('HMT_POLL_QUOTA_PLAN')(error) && (error as HarmattanError).field === 'poll.everyMinutes',
  );
});

test('a plan that fits is kept under strict', () => {
  const plan = planPolling(request(THOUSAND_A_DAY, { onQuota: 'strict', everyMinutes: 20 }));
  assert.equal(plan.stretched, false);
  assert.equal(plan.sentence, '13 places every 20 minutes at openweathermap: 936 of 1,000 units a day.');
});

test('every window counts: a month that is narrower than its days decides', () => {
  const quota = [
    { name: 'day', limit: 2000 },
    { name: 'month', limit: 31_000 },
  ] as const;
  const plan = planPolling(request({ ...THOUSAND_A_DAY, quota }, { reserveShare: 0 }));
  assert.equal(plan.everyMs, 20 * MINUTE_MS);
  assert.match(plan.sentence, /per month/);
});

test('a round that is wider than a minute allows is paced over several, as long as the slot has them', () => {
  const quota = [{ name: 'minute', limit: 60 }] as const;
  assert.equal(planPolling(request({ ...THOUSAND_A_DAY, quota }, { places: 300 })).everyMs, 15 * MINUTE_MS);
  assert.equal(planPolling(request({ ...THOUSAND_A_DAY, quota }, { places: 900 })).everyMs, 32 * MINUTE_MS);
});

test('one call never costs more than the narrowest window holds', () => {
  const quota = [
    { name: 'minute', limit: 600 },
    { name: 'day', limit: 1e6 },
  ] as const;
  const plan = planPolling(request({ placesPerCall: 1000, costOf: (places) => places, quota }, { places: 1500 }));
  assert.equal(plan.placesPerCall, 600);
  assert.equal(plan.callsPerRound, 3);
});

test('a cadence that does not divide the day becomes the next that does, so that slots stay on the wall clock', () => {
  const plan = planPolling(request({}, { everyMinutes: 7 }));
  assert.equal(plan.everyMs, 8 * MINUTE_MS);
  assert.match(plan.sentence, /every 8 minutes \(not every 7 minutes\)/);
});

test('stations that report at times of their own are not asked more often than they report', () => {
  assert.equal(planPolling(request({ ownTimes: true, publishedEveryMs: 30 * MINUTE_MS })).everyMs, 30 * MINUTE_MS);
});

test('what fits no day at all is refused even when stretching is allowed', () => {
  const plan = () => planPolling(request(THOUSAND_A_DAY, { places: 1001 }));
  assert.throws(plan, refusal('HMT_POLL_QUOTA_PLAN'));
  assert.throws(() => planPolling(request({ ...THOUSAND_A_DAY, costOf: () => 1001 })), refusal('HMT_POLL_QUOTA_PLAN'));
});

test('no plan that is made can overspend a window, and none shorter would have fitted', () => {
  const windows = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('minute' as const, 'hour' as const, 'day' as const, 'month' as const),
      limit: fc.integer({ min: 1, max: 50_000 }),
    }),
    { selector: ({ name }) => name, maxLength: 4 },
  );
  fc.assert(
    fc.property(
      windows,
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 240 }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      (quota, places, placesPerCall, everyMinutes, reserveShare) => {
        const given = request({ quota, placesPerCall }, { places, everyMinutes, reserveShare });
        let plan: ReturnType<typeof planPolling>;
        try {
          plan = planPolling(given);
        } catch (error) {
          assert.ok(refusal('HMT_POLL_QUOTA_PLAN')(error));
          return;
        }
        assert.ok(CADENCES_MINUTES.includes(plan.everyMs / MINUTE_MS));
        assert.ok(plan.everyMs >= everyMinutes * MINUTE_MS);
        assert.equal(plan.costPerRound, places);
        for (const { name, limit } of quota) {
          if (WINDOW_MS[name] < plan.everyMs) continue;
          assert.ok((WINDOW_MS[name] / plan.everyMs) * plan.costPerRound <= limit * (1 - reserveShare) + 1e-9);
        }
      },
    ),
  );
});

test('the units ahead are those of the slots that still begin in the window, also on a leap day and in a short month', () => {
  const plan = { everyMs: 15 * MINUTE_MS, costPerRound: 13 };
  assert.equal(unitsAhead('day', Date.UTC(2024, 1, 29), plan), 95 * 13);
  assert.equal(unitsAhead('day', Date.UTC(2024, 1, 29, 23, 46), plan), 0);
  assert.equal(unitsAhead('hour', Date.UTC(2024, 1, 29, 12, 1), plan), 3 * 13);
  assert.equal(unitsAhead('minute', Date.UTC(2024, 1, 29, 12, 1), plan), 0);
  assert.equal(unitsAhead('month', Date.UTC(2024, 1, 29), plan), 95 * 13);
  assert.equal(unitsAhead('month', Date.UTC(2023, 1, 28), plan), 95 * 13);
});

test('windows lie on the provider’s wall clock in UTC', () => {
  const at = Date.UTC(2024, 1, 29, 23, 59, 59, 999);
  assert.equal(windowStartAt('day', at), Date.UTC(2024, 1, 29));
  assert.equal(windowEndAt('day', at), Date.UTC(2024, 2, 1));
  assert.equal(windowStartAt('month', at), Date.UTC(2024, 1, 1));
  assert.equal(windowEndAt('month', at), Date.UTC(2024, 2, 1));
  assert.equal(windowEndAt('month', Date.UTC(2024, 11, 31)), Date.UTC(2025, 0, 1));
  assert.equal(windowStartAt('hour', at), Date.UTC(2024, 1, 29, 23));
  assert.equal(windowEndAt('day', at) - windowStartAt('day', at), DAY_MS);
});
