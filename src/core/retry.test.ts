import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HarmattanError } from './errors.ts';
import { seededRandom } from './random.ts';
import { decorrelatedDelayMs, type RetryOptions, retry } from './retry.ts';
import { manualClock } from './time.ts';

const timeout = (retryAfterMs: number | null = null) => new HarmattanError('HMT_POLL_TIMEOUT', { retryAfterMs });

function setUp(options: Partial<RetryOptions> = {}) {
  const clock = manualClock(0);
  const triedAt: number[] = [];
  const run = (failures: readonly unknown[]) => {
    const left = [...failures];
    const result = retry(
      async () => {
        triedAt.push(clock.now());
        const error = left.shift();
        if (error !== undefined) throw error;
        return 'done';
      },
      {
        clock,
        random: seededRandom(1),
        attempts: 4,
        firstDelayMs: 1000,
        longestDelayMs: 10_000,
        deadlineAt: null,
        ...options,
      },
    );
    return result.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  };
  return { clock, triedAt, run };
}

test('an operation that succeeds at last gives its value, with growing pauses between', async () => {
  const { clock, triedAt, run } = setUp();
  const result = run([timeout(), timeout()]);
  await clock.advanceTo(60_000);
  assert.deepEqual(await result, { value: 'done' });
  assert.equal(triedAt.length, 3);
  assert.ok((triedAt[1] ?? 0) >= 1000);
});

test('the tries are bounded and the last error comes out', async () => {
  const { clock, triedAt, run } = setUp({ attempts: 3 });
  const last = timeout();
  const result = run([timeout(), timeout(), last, timeout()]);
  await clock.advanceTo(600_000);
  assert.deepEqual(await result, { error: last });
  assert.equal(triedAt.length, 3);
});

test('an error that nobody can wait out is not tried again', async () => {
  const { triedAt, run } = setUp();
  const refused = new HarmattanError('HMT_POLL_KEY_REFUSED');
  assert.deepEqual(await run([refused]), { error: refused });
  assert.equal(triedAt.length, 1);
});

test('a pause is never shorter than the error asks for', async () => {
  const { clock, triedAt, run } = setUp();
  const result = run([timeout(45_000)]);
  await clock.advanceTo(60_000);
  await result;
  assert.deepEqual(triedAt, [0, 45_000]);
});

test('a pause that would pass the deadline ends the retrying at once', async () => {
  const { clock, run } = setUp({ deadlineAt: 30_000 });
  const error = timeout(45_000);
  assert.deepEqual(await run([error]), { error });
  assert.equal(clock.nextDueAt(), null);
});

test('an aborted signal ends the pause with the last error', async () => {
  const stop = new AbortController();
  const { clock, triedAt, run } = setUp({ signal: stop.signal });
  const error = timeout();
  const result = run([error, timeout()]);
  await clock.settle();
  stop.abort();
  assert.deepEqual(await result, { error });
  assert.equal(triedAt.length, 1);
});

test('pauses lie between the first and the longest, whatever chance says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      (before, chance) => {
        const delayMs = decorrelatedDelayMs(before, 1000, 60_000, () => chance);
        assert.ok(delayMs >= 1000 && delayMs <= 60_000);
      },
    ),
  );
});
