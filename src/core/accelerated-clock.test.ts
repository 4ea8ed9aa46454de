import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceleratedClock } from './accelerated-clock.ts';
import { haltingClock } from './relay-clock.ts';
import { HOUR_MS, manualClock } from './time.ts';

test('an accelerated clock starts where it is told and passes so many seconds for each real one', async () => {
  const real = manualClock(1_000_000);
  const startAt = Date.UTC(2013, 2, 1);
  const clock = acceleratedClock({ startAt, speed: 3600, longestStepMs: HOUR_MS, real });
  await real.advanceBy(5000);
  assert.equal(clock.now(), startAt, 'it went on before its start');
  clock.start();
  assert.equal(clock.now(), startAt);
  await real.advanceBy(1000);
  assert.equal(clock.now(), startAt + HOUR_MS);
});

test('its sleepers wake when their time has come by its own count, never before', async () => {
  const real = manualClock(0);
  const clock = acceleratedClock({ startAt: 0, speed: 7000, longestStepMs: HOUR_MS, real });
  let wokenAt = 0;
  void clock.sleep(HOUR_MS).then(() => {
    wokenAt = clock.now();
  });
  await real.advanceBy(HOUR_MS);
  assert.equal(wokenAt, 0, 'a sleeper woke before the start');
  clock.start();
  await real.advanceBy(600);
  assert.ok(wokenAt >= HOUR_MS && wokenAt < HOUR_MS + 7000, String(wokenAt));
});

test('a sleep ends at once when its signal aborts', async () => {
  const clock = acceleratedClock({ startAt: 0, speed: 2, longestStepMs: HOUR_MS, real: manualClock(0) });
  const stop = new AbortController();
  const slept = clock.sleep(HOUR_MS, stop.signal);
  stop.abort();
  await slept;
  assert.equal(clock.now(), 0);
});

test('a machine that stands still prolongs the replay, and no sleeper is passed over by hours', async () => {
  const real = manualClock(0);
  const clock = acceleratedClock({ startAt: 0, speed: 10_000, longestStepMs: HOUR_MS / 10, real });
  clock.start();
  const woken: number[] = [];
  void (async () => {
    for (;;) {
      await clock.sleep(HOUR_MS - (clock.now() % HOUR_MS));
      woken.push(Math.floor(clock.now() / HOUR_MS));
    }
  })();
  await real.advanceBy(3 * 360 + 10);
  assert.deepEqual(woken, [1, 2, 3]);
  real.set(real.now() + 60_000);
  await real.advanceBy(2 * 360);
  assert.deepEqual(woken, [1, 2, 3, 4, 5]);
});

test('a clock that halts is read until it does, and then nobody wakes but by the signal', async () => {
  const real = manualClock(0);
  const inner = acceleratedClock({ startAt: 0, speed: 10_000, longestStepMs: HOUR_MS / 10, real });
  const clock = haltingClock(inner, HOUR_MS - 1);
  inner.start();
  const stop = new AbortController();
  let woke = false;
  void clock.sleep(HOUR_MS, stop.signal).then(() => {
    woke = true;
  });
  await real.advanceBy(2000);
  assert.equal(clock.now(), HOUR_MS - 1);
  assert.equal(woke, false);
  stop.abort();
  await real.settle();
  assert.equal(woke, true);
});
