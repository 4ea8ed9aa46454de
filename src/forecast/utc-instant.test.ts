import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utcInstant } from './utc-instant.ts';

test('a time without a zone is UTC, one with a zone keeps it', () => {
  const at = Date.UTC(2023, 6, 22, 12, 54);
  for (const text of ['2023-07-22 12:54:00', '2023-07-22T12:54', ' 2023-07-22T12:54Z ', '2023-07-22T13:54:00+01:00'])
    assert.equal(utcInstant(text), at, text);
  assert.equal(utcInstant('2024-02-29'), Date.UTC(2024, 1, 29));
});

test('what is no time, or a time that does not exist, is refused', () => {
  for (const text of ['', 'now', '2023-02-29 00:00:00', '2023-07-22 24:01:00', '22/07/2023 12:54', '1690000000'])
    assert.equal(utcInstant(text), null, text);
});
