import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, HarmattanError } from '../core/errors.ts';
import { HOUR_MS, MINUTE_MS, manualClock } from '../core/time.ts';
import { breaker } from './breaker.ts';

const error = (code: ErrorCode, retryAfterMs: number | null = null) => new HarmattanError(code, { retryAfterMs });

function setUp() {
  const clock = manualClock(HOUR_MS);
  const guard = breaker(clock);
  const fail = (code: ErrorCode, times = 1) => {
    for (let time = 0; time < times; time++) {
      guard.admit();
      guard.failed(error(code));
    }
  };
  return { clock, guard, fail };
}

test('single failures do not open it, five in a row do', () => {
  const { guard, fail } = setUp();
  fail('HMT_POLL_TIMEOUT', 4);
  assert.equal(guard.admit().admitted, true);
  fail('HMT_POLL_TIMEOUT');
  assert.deepEqual(guard.admit(), { admitted: false, untilAt: HOUR_MS + MINUTE_MS, because: 'HMT_POLL_TIMEOUT' });
});

test('a success between makes the count begin anew', () => {
  const { guard, fail } = setUp();
  fail('HMT_POLL_TIMEOUT', 4);
  guard.succeeded();
  fail('HMT_POLL_TIMEOUT', 4);
  assert.equal(guard.admit().admitted, true);
});

test('a refused key opens it at once, and for hours when it stays refused', () => {
  for (const code of ['HMT_POLL_KEY_REFUSED', 'HMT_POLL_NOT_SUBSCRIBED', 'HMT_POLL_FORBIDDEN'] as const) {
    const { clock, guard, fail } = setUp();
    fail(code);
    assert.deepEqual(guard.admit(), { admitted: false, untilAt: HOUR_MS + 15 * MINUTE_MS, because: code });
    for (const minutes of [30, 60, 120, 240, 360, 360]) {
      clock.set(guard.state().untilAt ?? 0);
      fail(code);
      assert.equal((guard.state().untilAt ?? 0) - clock.now(), minutes * MINUTE_MS);
    }
  }
});

test('a key that is not active yet is tried again before the two hours are over', () => {
  const { guard, fail } = setUp();
  fail('HMT_POLL_KEY_INACTIVE');
  assert.equal(guard.state().untilAt, HOUR_MS + 10 * MINUTE_MS);
});

test('a rate limit whose reset is known pauses for exactly that long', () => {
  const { clock, guard } = setUp();
  guard.admit();
  guard.failed(error('HMT_POLL_RATE_LIMITED', 1_234_567));
  clock.set(HOUR_MS + 1_234_566);
  assert.equal(guard.admit().admitted, false);
  clock.set(HOUR_MS + 1_234_567);
  assert.equal(guard.admit().admitted, true);
});

test('after the pause one trial goes through, and nobody else until it is decided', () => {
  const { clock, guard, fail } = setUp();
  fail('HMT_POLL_TIMEOUT', 5);
  clock.set(HOUR_MS + MINUTE_MS);
  assert.equal(guard.state().state, 'half-open');
  assert.equal(guard.admit().admitted, true);
  assert.equal(guard.admit().admitted, false);
  guard.succeeded();
  assert.equal(guard.state().state, 'closed');
  assert.equal(guard.admit().admitted, true);
});

test('a trial that fails opens it again, for twice as long', () => {
  const { clock, guard, fail } = setUp();
  fail('HMT_POLL_TIMEOUT', 5);
  clock.set(HOUR_MS + MINUTE_MS);
  fail('HMT_POLL_TIMEOUT');
  assert.equal(guard.state().untilAt, HOUR_MS + MINUTE_MS + 2 * MINUTE_MS);
});

test('the pause grows to a bound', () => {
  const { clock, guard, fail } = setUp();
  fail('HMT_POLL_TIMEOUT', 5);
  for (let trial = 0; trial < 30; trial++) {
    clock.set(guard.state().untilAt ?? 0);
    fail('HMT_POLL_TIMEOUT');
  }
  assert.equal((guard.state().untilAt ?? 0) - clock.now(), 10 * MINUTE_MS);
});

test('a trial that we abort ourselves decides nothing', () => {
  const { clock, guard, fail } = setUp();
  fail('HMT_POLL_TIMEOUT', 5);
  clock.set(HOUR_MS + MINUTE_MS);
  guard.admit();
  guard.abandoned();
  assert.equal(guard.state().state, 'half-open');
  assert.equal(guard.admit().admitted, true);
});

test('calls that were under way when it opened do not lengthen the pause', () => {
  const { guard, fail } = setUp();
  for (let call = 0; call < 8; call++) guard.admit();
  fail('HMT_POLL_TIMEOUT', 8);
  assert.equal(guard.state().untilAt, HOUR_MS + MINUTE_MS);
});

test('no data and a bad request say that the provider is alive', () => {
  const { guard, fail } = setUp();
  fail('HMT_POLL_TIMEOUT', 4);
  fail('HMT_POLL_NO_DATA');
  fail('HMT_POLL_BAD_REQUEST');
  fail('HMT_POLL_TIMEOUT', 4);
  assert.equal(guard.admit().admitted, true);
});

test('a clock that is set back does not make the pause longer than it is', () => {
  const { clock, guard, fail } = setUp();
  fail('HMT_POLL_TIMEOUT', 5);
  clock.set(0);
  assert.equal(guard.state().untilAt, MINUTE_MS);
});
