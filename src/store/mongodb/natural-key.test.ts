import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ObjectId } from 'mongodb';
import { EARLIEST_VALID_AT } from '../../core/time.ts';
import { observationIdOf } from './natural-key.ts';

const T0 = Date.UTC(2026, 6, 22, 12, 45);
const key = { placeId: 'dakar', validAt: T0, source: 'open-meteo' };

test('an observation always has the same id, an ObjectId that tells its valid time', () => {
  const id = observationIdOf(key);
  assert.equal(id, observationIdOf({ ...key }));
  assert.equal(new ObjectId(id).getTimestamp().getTime(), T0);
  assert.equal(new ObjectId(id).toHexString(), id);
});

test('another place, source or millisecond is another id', () => {
  const ids = [
    key,
    { ...key, placeId: 'dakar-2' },
    { ...key, source: 'metar' },
    { ...key, validAt: T0 + 1 },
    // What stands where in the key counts, not only the letters.
    { ...key, placeId: 'dakaropen', source: '-meteo' },
  ].map(observationIdOf);
  assert.equal(new Set(ids).size, ids.length);
});

test('ids ascend with the seconds of valid time, from 1979 on', () => {
  const instant = fc.integer({ min: EARLIEST_VALID_AT, max: Date.UTC(2105, 0, 1) });
  fc.assert(
    fc.property(instant, instant, (one, other) => {
      const [early, late] = [Math.min(one, other), Math.max(one, other)];
      fc.pre(Math.floor(early / 1000) < Math.floor(late / 1000));
      assert.ok(observationIdOf({ ...key, validAt: early }) < observationIdOf({ ...key, validAt: late }));
    }),
    { seed: 5 },
  );
});
