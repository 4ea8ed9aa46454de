import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../core/random.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import { FinishedRounds, schedule } from './schedule.ts';

test('slots lie on the wall clock in UTC, on the days on which clocks change and on a leap day too', () => {
  const { slotOf } = schedule(15 * MINUTE_MS, 120);
  for (const day of [Date.UTC(2024, 2, 31), Date.UTC(2024, 9, 27), Date.UTC(2024, 1, 29), Date.UTC(2024, 1, 28)]) {
    const slots = new Set<number>();
    for (let at = day; at < day + 24 * HOUR_MS; at += MINUTE_MS) slots.add(slotOf(at));
    assert.equal(slots.size, 96);
    assert.ok([...slots].every((slotAt) => slotAt % (15 * MINUTE_MS) === 0));
  }
});

test('calls are spread over the first two minutes, one in each part of them', () => {
  const { offsetsMs } = schedule(15 * MINUTE_MS, 120);
  const offsets = offsetsMs(13, seededRandom(3));
  assert.equal(offsets.length, 13);
  for (const [index, offset] of offsets.entries()) {
    assert.ok(offset >= Math.floor((index * 120 * SECOND_MS) / 13));
    assert.ok(offset < ((index + 1) * 120 * SECOND_MS) / 13);
  }
});

test('in a short slot the spread is a share of the slot', () => {
  assert.equal(schedule(MINUTE_MS, 120).spreadMs, 12 * SECOND_MS);
  assert.equal(schedule(60 * MINUTE_MS, 120).spreadMs, 120 * SECOND_MS);
});

test('a round ends before the next slot begins, and the sleep never passes it', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 5, 15, 20, 60, 1440), fc.integer({ min: 0, max: 1e12 }), (minutes, at) => {
      const { everyMs, deadlineOf, slotOf, sleepMs } = schedule(minutes * MINUTE_MS, 120);
      const slotAt = slotOf(at);
      assert.ok(deadlineOf(slotAt) > slotAt && deadlineOf(slotAt) < slotAt + everyMs);
      assert.ok(sleepMs(at) > 0);
      assert.ok(at + sleepMs(at) <= slotAt + everyMs);
    }),
  );
});

test('finished rounds are remembered, the newest of them for ever in bounded memory', () => {
  const finished = new FinishedRounds(7);
  assert.equal(finished.has(7), true);
  for (let slotAt = 1000; slotAt < 6000; slotAt++) finished.add(slotAt);
  assert.equal(finished.has(5999), true);
  assert.equal(finished.has(3000), true);
  assert.equal(finished.has(7), false);
});
