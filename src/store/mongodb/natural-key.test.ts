import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EARLIEST_VALID_AT } from '../../core/time.ts';
import { instantIdOf } from './natural-key.ts';

const T0 = Date.UTC(2026, 6, 22, 12, 45);
const idOf = (placeId: string, validAt: number) => instantIdOf(placeId, validAt).toHexString();

test('an instant of a place always has the same id, an ObjectId that tells its valid time', () => {
  assert.equal(idOf('dakar', T0), idOf('dakar', T0));
  assert.equal(instantIdOf('dakar', T0).getTimestamp().getTime(), T0);
});

test('another place or millisecond is another id', () => {
  // What stands where in the key counts, not only the letters.
  const ids = [idOf('dakar', T0), idOf('dakar-2', T0), idOf('dakar', T0 + 1), idOf('dakar1', 5), idOf('dakar', 15)];
  assert.equal(new Set(ids).size, ids.length);
});

test('ids ascend with the seconds of valid time, from 1979 on', () => {
  const instant = fc.integer({ min: EARLIEST_VALID_AT, max: Date.UTC(2105, 0, 1) });
  fc.assert(
    fc.property(instant, instant, (one, other) => {
      const [early, late] = [Math.min(one, other), Math.max(one, other)];
      fc.pre(Math.floor(early / 1000) < Math.floor(late / 1000));
      assert.ok(idOf('dakar', early) < idOf('dakar', late));
    }),
    { seed: 5 },
  );
});
