import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromRfc3339, manualClock, toRfc3339 } from './time.ts';

test('sleepers wake in the order of their due times, ties in the order they lay down', async () => {
  const clock = manualClock(0);
  const woken: string[] = [];
  const sleeper = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push(`${name}@${clock.now()}`);
  };
  void sleeper('late', 30);
  void sleeper('early', 10);
  void sleeper('tie', 10);
  await clock.advanceTo(20);
  assert.deepEqual(woken, ['early@10', 'tie@10']);
  await clock.advanceBy(10);
  assert.deepEqual(woken, ['early@10', 'tie@10', 'late@30']);
});

test('a loop that sleeps again is woken as often as its time comes', async () => {
  const clock = manualClock(0);
  let turns = 0;
  void (async () => {
    for (;;) {
      await clock.sleep(10);
      turns++;
    }
  })();
  await clock.advanceTo(100);
  assert.equal(turns, 10);
});

test('an aborted sleep ends early and leaves nobody behind', async () => {
  const clock = manualClock(0);
  const stop = new AbortController();
  let awake = false;
  void clock.sleep(1000, stop.signal).then(() => {
    awake = true;
  });
  stop.abort();
  await clock.settle();
  assert.equal(awake, true);
  assert.equal(clock.nextDueAt(), null);
});

test('setting the clock back keeps sleepers on their due times', async () => {
  const clock = manualClock(3_600_000);
  let wokenAt = 0;
  void clock.sleep(1000).then(() => {
    wokenAt = clock.now();
  });
  clock.set(0);
  await clock.advanceTo(3_600_500);
  assert.equal(wokenAt, 0);
  await clock.advanceTo(3_601_000);
  assert.equal(wokenAt, 3_601_000);
});

test('RFC 3339 survives the way out and back', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2199-12-31'), noInvalidDate: true }), (date) => {
      assert.equal(fromRfc3339(toRfc3339(date.getTime())), date.getTime());
    }),
  );
});

test('dates that do not exist and times without a zone are refused', () => {
  for (const text of ['2023-02-30', '2023-13-01T00:00:00Z', '2023-01-01T00:00:00', 'yesterday', '', '1690000000'])
    assert.equal(fromRfc3339(text), null, text);
  assert.equal(fromRfc3339('2023-07-22T12:54:00+02:00'), Date.UTC(2023, 6, 22, 10, 54));
  assert.equal(fromRfc3339('2024-02-29'), Date.UTC(2024, 1, 29));
  assert.equal(fromRfc3339('2023-07-22T23:30:00-05:00'), Date.UTC(2023, 6, 23, 4, 30));
});
