import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, type ErrorCode } from '../../core/errors.ts';
import { scrubber } from '../../core/scrub.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { KeyHistory, refusalOf } from './refusal.ts';
import type { Product } from './request.ts';

const NOW = Date.parse('2026-07-22T13:47:12.500Z');
const KEY = '0123456789abcdef0123456789abcdef';
const BAD_KEY =
  '{"cod":401,"message":"Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."}';
const NOT_SUBSCRIBED =
  '{"cod":401, "message": "Please note that using One Call 3.0 requires a separate subscription to the One Call by Call plan. Learn more here https://openweathermap.org/price. If you have a valid subscription to the One Call by Call plan, but still receive this error, then please see https://openweathermap.org/faq#error401 for more info."}';
const BLOCKED =
  '{"cod":429,"message":"Your account is temporary blocked due to exceeding of requests limitation of your subscription type. Please choose the proper subscription https://openweathermap.org/price"}';

function refused(
  status: number,
  body: string,
  more: { product?: Product; key?: KeyHistory; now?: number; headers?: Readonly<Record<string, string>> } = {},
) {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(body);
  } catch {}
  return refusalOf({ status, headers: more.headers ?? {}, body: Buffer.from(body) }, parsed, more.now ?? NOW, {
    product: more.product ?? '2.5',
    key: more.key ?? new KeyHistory(KEY),
    scrubber: scrubber([KEY]),
  });
}

const rows: readonly (readonly [number, string, ErrorCode])[] = [
  [401, NOT_SUBSCRIBED, 'HMT_POLL_NOT_SUBSCRIBED'],
  [403, '{"cod":403,"message":"Forbidden"}', 'HMT_POLL_FORBIDDEN'],
  [404, '{"cod":"404","message":"city not found"}', 'HMT_POLL_NO_DATA'],
  [404, '{"cod":404,"message":"city not found"}', 'HMT_POLL_NO_DATA'],
  [404, '{"cod":"404","message":"Internal error"}', 'HMT_POLL_BAD_REQUEST'],
  [404, '<html>nginx</html>', 'HMT_POLL_BAD_REQUEST'],
  [400, '{"cod":"400","message":"Nothing to geocode"}', 'HMT_POLL_BAD_REQUEST'],
  [400, '{"cod":400,"message":"Invalid date format","parameters":["date"]}', 'HMT_POLL_BAD_REQUEST'],
  [429, BLOCKED, 'HMT_POLL_RATE_LIMITED'],
  [500, '{"cod":"500","message":"Internal server error"}', 'HMT_POLL_PROVIDER_FAILED'],
  [502, '<html><h1>502 Bad Gateway</h1></html>', 'HMT_POLL_PROVIDER_FAILED'],
  [503, '', 'HMT_POLL_PROVIDER_FAILED'],
  [504, 'upstream timed out', 'HMT_POLL_PROVIDER_FAILED'],
  [302, '', 'HMT_POLL_PROVIDER_FAILED'],
  [200, '{"cod":"404","message":"city not found"}', 'HMT_POLL_NO_DATA'],
  [200, '{"cod":429,"message":"blocked"}', 'HMT_POLL_RATE_LIMITED'],
];
for (const [status, body, code] of rows)
  test(`${status} ${body.slice(0, 60)} is ${code}`, () => assert.equal(refused(status, body)?.code, code));

test('an answer is no refusal, with cod as a number, as a string or not at all', () => {
  for (const body of ['{"cod":200}', '{"cod":"200"}', '{}', '{"cod":{}}']) assert.equal(refused(200, body), null);
});

test('no data is not asked for again with the same question', () => {
  assert.equal(ERRORS.HMT_POLL_NO_DATA.retryable, false);
});

test('a well-formed key that was never taken may be new: it is tried again, for two hours', () => {
  const key = new KeyHistory(KEY);
  const first = refused(401, BAD_KEY, { key });
  assert.equal(first?.code, 'HMT_POLL_KEY_INACTIVE');
  assert.equal(first?.retryAfterMs, 10 * MINUTE_MS);
  assert.equal(refused(401, BAD_KEY, { key, now: NOW + 2 * HOUR_MS - 1 })?.code, 'HMT_POLL_KEY_INACTIVE');
  assert.equal(refused(401, BAD_KEY, { key, now: NOW + 2 * HOUR_MS })?.code, 'HMT_POLL_KEY_REFUSED');
});

test('a key that cannot be one is refused at once', () => {
  for (const typo of ['my-key', KEY.slice(1), `${KEY}0`, 'g'.repeat(32)])
    assert.equal(refused(401, BAD_KEY, { key: new KeyHistory(typo) })?.code, 'HMT_POLL_KEY_REFUSED');
});

test('a key that was taken before is refused at once when it no longer is', () => {
  const key = new KeyHistory(KEY);
  key.accepted('2.5');
  assert.equal(refused(401, BAD_KEY, { key })?.code, 'HMT_POLL_KEY_REFUSED');
  assert.equal(refused(401, BAD_KEY, { key, product: '3.0' })?.code, 'HMT_POLL_NOT_SUBSCRIBED');
});

test('429 waits for Retry-After, else for the minute of 2.5; the limit of the others cannot be told', () => {
  assert.equal(refused(429, BLOCKED, { headers: { 'retry-after': '120' } })?.retryAfterMs, 120_000);
  assert.equal(refused(429, BLOCKED, { headers: { 'retry-after': '30' }, product: '3.0' })?.retryAfterMs, 30_000);
  assert.equal(refused(429, BLOCKED)?.retryAfterMs, 47_500);
  assert.equal(refused(429, BLOCKED, { product: '3.0' })?.retryAfterMs, null);
});

test('a key in a message of the provider is not passed on', () => {
  const failure = refused(400, JSON.stringify({ cod: 400, message: `appid=${KEY} is odd` }));
  assert.equal(failure?.message.includes(KEY), false);
});
