import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE_MS } from '../core/time.ts';
import { expectEvery, polledTransition } from './expectation.ts';

const T = Date.UTC(2024, 1, 29, 12);
const at = (minutes: number) => T + minutes * MINUTE_MS;
const reading = (arrivedAt: number) =>
  ({ kind: 'reading', at: arrivedAt, fresh: true, backfill: false, validAt: arrivedAt, source: 'theirs' }) as const;

test('a reading that nobody asked for fills the slot it falls in', () => {
  const { slotOf } = expectEvery(15, 5);
  assert.equal(slotOf(at(0)), T);
  assert.equal(slotOf(at(14.99)), T);
  assert.equal(slotOf(at(15)), at(15));
});

test('a sender has the whole slot and the grace', () => {
  const { transition } = expectEvery(15, 5);
  const key = { placeId: 'a', slotAt: T };
  assert.equal(transition(null, key, reading(at(20))).state, 'arrived');
  assert.equal(transition(null, key, reading(at(20) + 1)).state, 'late');
});

test('a slot of our own has the grace only', () => {
  const transition = polledTransition(5);
  const key = { placeId: 'a', slotAt: T };
  assert.equal(transition(null, key, reading(at(5))).state, 'arrived');
  assert.equal(transition(null, key, reading(at(5) + 1)).state, 'late');
});
