import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterMsIn } from './retry-after.ts';
import { DAY_MS } from './time.ts';

const NOW = Date.parse('2026-07-22T12:00:00Z');

test('seconds and HTTP dates are read, and a wait is at most a day', () => {
  assert.equal(retryAfterMsIn({ 'retry-after': ' 30 ' }, NOW), 30_000);
  assert.equal(retryAfterMsIn({ 'retry-after': 'Wed, 22 Jul 2026 12:01:00 GMT' }, NOW), 60_000);
  assert.equal(retryAfterMsIn({ 'retry-after': 'Wed, 22 Jul 2026 11:00:00 GMT' }, NOW), 0);
  assert.equal(retryAfterMsIn({ 'retry-after': '9'.repeat(400) }, NOW), null);
  assert.equal(retryAfterMsIn({ 'retry-after': '999999' }, NOW), DAY_MS);
});

test("a date is counted from the reply's own clock", () => {
  const headers = { 'retry-after': 'Wed, 22 Jul 2026 14:01:00 GMT', date: 'Wed, 22 Jul 2026 14:00:00 GMT' };
  assert.equal(retryAfterMsIn(headers, NOW), 60_000);
});

test('what is absent or unreadable asks for nothing', () => {
  for (const headers of [{}, { 'retry-after': '' }, { 'retry-after': 'soon' }, { 'retry-after': '-5' }])
    assert.equal(retryAfterMsIn(headers, NOW) ?? null, null);
});
