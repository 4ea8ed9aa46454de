import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE_MS } from '../core/time.ts';
import { START_AT, toldSource, world } from './poll-world.contract.ts';

test('every slot is polled once and every place arrives', async () => {
  const source = toldSource('a');
  const { clock, start, stop, store } = world({ sources: [source], places: 3 });
  start();
  await clock.advanceBy(60 * MINUTE_MS - 1);
  await stop();
  assert.deepEqual(
    source.calls.map(({ slots }) => slots[0]),
    [0, 15, 30, 45].map((minutes) => START_AT + minutes * MINUTE_MS),
  );
  assert.equal(store.rows.size, 12);
  assert.ok([...store.rows.values()].every(({ state }) => state === 'arrived'));
});
