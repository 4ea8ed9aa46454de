import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrubber } from '../core/scrub.ts';
import { membersOf, numberIn, parseBody, UndecodableError } from './undecodable.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const scrub = scrubber([KEY]);

test('the kept body has no secret, not even half of one at the cut', () => {
  const body = Buffer.concat([Buffer.alloc(1024 * 1024 - 16, 120), Buffer.from(KEY), Buffer.alloc(50, 121)]);
  const error = new UndecodableError(`It quotes ${KEY}.`, body, scrub);
  assert.equal(error.code, 'HMT_POLL_UNDECODABLE');
  assert.equal(error.body.length, 1024 * 1024);
  assert.equal(Buffer.from(error.body).includes(KEY.slice(0, 8)), false);
  assert.equal(error.message.includes(KEY), false);
});

test('a body is JSON in UTF-8, with or without a byte order mark, or it is undecodable', () => {
  assert.deepEqual(parseBody(Buffer.from('\ufeff{"a":1}'), scrub), { a: 1 });
  for (const body of ['', '{', '{"a":NaN}', '<html>', `{"a":"${KEY}`])
    assert.throws(
      () => parseBody(Buffer.from(body), scrub),
      (error) => error instanceof UndecodableError && !`${error.stack}${error.cause}`.includes(KEY),
    );
  assert.throws(() => parseBody(Buffer.from([0x22, 0xff, 0x22]), scrub), UndecodableError);
});

test('only finite numbers are numbers, and only objects have members', () => {
  assert.equal(numberIn(1.5), 1.5);
  for (const value of ['1', null, undefined, true, [], {}, JSON.parse('1e999')]) assert.equal(numberIn(value), null);
  assert.deepEqual(membersOf({ a: 1 }), { a: 1 });
  for (const value of [[], null, 'a', 1]) assert.equal(membersOf(value), null);
});
