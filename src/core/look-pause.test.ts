import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookPauseMs } from './look-pause.ts';

test('looks often while things come, and seldom when nothing does', () => {
  assert.equal(lookPauseMs(0, 100), 10);
  assert.equal(lookPauseMs(1999, 100), 10);
  assert.equal(lookPauseMs(2000, 100), 100);
  assert.equal(lookPauseMs(Number.POSITIVE_INFINITY, 100), 100);
});

test('never pauses longer than the quiet pause', () => assert.equal(lookPauseMs(0, 5), 5));

test('a clock set back by an hour does not make it look often for an hour', () =>
  assert.equal(lookPauseMs(-3_600_000, 100), 100));
