import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceleratedClock } from './accelerated-clock.ts';
import { HOUR_MS, manualClock } from './time.ts';

test('an accelerated clock starts where it is told and passes so many seconds for each real one', async () => {
  const real = manualClock(1_000_000);
  const startAt = Date.UTC(2013, 2, 1);
  const clock = acceleratedClock({ startAt, speed: 3600, real });
  await real.advanceBy(5000);
  assert.equal(clock.now(), startAt, 'it went on before its start');
  clock.start();
  assert.equal(clock.now(), startAt);
  await real.advanceBy(1000);
  assert.equal(clock.now(), startAt + HOUR_MS);
});

test('its sleepers wake when their time has come by its own count, never before', async () => {
  const real = manualClock(0);
  const clock = acceleratedClock({ startAt: 0, speed: 7000, real });
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
  const clock = acceleratedClock({ startAt: 0, speed: 2, real: manualClock(0) });
  const stop = new AbortController();
  const slept = clock.sleep(HOUR_MS, stop.signal);
  stop.abort();
  await slept;
  assert.equal(clock.now(), 0);
});
