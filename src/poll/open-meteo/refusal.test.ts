import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../core/errors.ts';
import { scrubber } from '../../core/scrub.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { refusalOf } from './refusal.ts';

const NOW = Date.parse('2026-07-22T13:47:12.500Z');
const scrub = scrubber(['a-secret-key']);
const reply = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers,
  body: Buffer.from(body),
});
const refused = (status: number, body: string, headers: Readonly<Record<string, string>> = {}, places = 1) =>
  refusalOf(reply(status, body, headers), places, NOW, scrub);
const saying = (reason: string) => JSON.stringify({ error: true, reason });

const rows: readonly (readonly [number, string, ErrorCode, number | null])[] = [
  [429, 'Minutely API request limit exceeded. Please try again in one minute.', 'HMT_POLL_RATE_LIMITED', 47_500],
  [
    429,
    'Hourly API request limit exceeded. Please try again in the next hour.',
    'HMT_POLL_RATE_LIMITED',
    12 * MINUTE_MS + 47_500,
  ],
  [
    429,
    'Daily API request limit exceeded. Please try again tomorrow.',
    'HMT_POLL_RATE_LIMITED',
    10 * HOUR_MS + 12 * MINUTE_MS + 47_500,
  ],
  [429, 'Too many concurrent requests', 'HMT_POLL_RATE_LIMITED', null],
  [503, 'The service is overloaded', 'HMT_POLL_PROVIDER_FAILED', null],
  [500, 'Something went wrong.', 'HMT_POLL_PROVIDER_FAILED', null],
  [400, 'Latitude must be in range of -90 to 90°. Given: 91.0.', 'HMT_POLL_BAD_REQUEST', null],
  [400, "Parameter 'start_date' is out of allowed range from 2026-04-20 to 2026-08-07", 'HMT_POLL_BAD_REQUEST', null],
  [400, 'Only up to 1000 locations can be requested at once', 'HMT_POLL_BAD_REQUEST', null],
  [
    400,
    'Your API call requests too much data. Please reduce the number of variables, locations and/or weather models.',
    'HMT_POLL_BAD_REQUEST',
    null,
  ],
  [
    400,
    "Data corrupted at path ''. Cannot initialize WeatherVariable from invalid String value x for key hourly.",
    'HMT_POLL_BAD_REQUEST',
    null,
  ],
  [400, 'No data is available for this location', 'HMT_POLL_NO_DATA', null],
  [401, 'API key required. Please add &apikey= to the URL.', 'HMT_POLL_KEY_REFUSED', null],
  [400, 'The supplied API key is invalid.', 'HMT_POLL_KEY_REFUSED', null],
  [403, 'This API endpoint requires the API Professional or Enterprise plan', 'HMT_POLL_NOT_SUBSCRIBED', null],
  [403, 'Go away', 'HMT_POLL_FORBIDDEN', null],
  [404, 'Not Found', 'HMT_POLL_BAD_REQUEST', null],
  [200, 'Something went wrong.', 'HMT_POLL_PROVIDER_FAILED', null],
];
for (const [status, reason, code, waitMs] of rows)
  test(`${status} "${reason.slice(0, 50)}" is ${code}`, () => {
    const failure = refused(status, saying(reason));
    assert.equal(failure?.code, code);
    assert.equal(failure?.retryAfterMs, waitMs);
    assert.ok(failure?.message.includes(reason));
  });

test('the members of an error body may come in either order', () => {
  assert.equal(
    refused(400, '{"reason":"The supplied API key is invalid.","error":true}')?.code,
    'HMT_POLL_KEY_REFUSED',
  );
});

test('a page of HTML under an error status is the provider failing', () => {
  for (const status of [500, 502, 503, 504])
    assert.equal(refused(status, '<html><h1>Bad Gateway</h1></html>')?.code, 'HMT_POLL_PROVIDER_FAILED');
});

test('a body that was broken off is the provider failing, not something to keep', () => {
  const body = '{"latitude":14.7,"minutely_15":{"time":[17532Unexpected error while streaming data: somethingFailed';
  assert.equal(refused(200, body)?.code, 'HMT_POLL_PROVIDER_FAILED');
});

test('Retry-After counts more than the computed reset', () => {
  const body = saying('Minutely API request limit exceeded. Please try again in one minute.');
  assert.equal(refused(429, body, { 'retry-after': '120' })?.retryAfterMs, 120_000);
  const asDate = { 'retry-after': 'Wed, 22 Jul 2026 12:00:30 GMT', date: 'Wed, 22 Jul 2026 12:00:00 GMT' };
  assert.equal(refused(429, body, asDate)?.retryAfterMs, 30_000, "by the provider's own clock");
  assert.equal(refused(429, body, { 'retry-after': '99999999' })?.retryAfterMs, DAY_MS);
  assert.equal(refused(429, body, { 'retry-after': 'soon' })?.retryAfterMs, 47_500);
});

test('one of several places without data is a request to put in parts', () => {
  assert.equal(refused(400, saying('No data is available for this location'), {}, 13)?.code, 'HMT_POLL_BAD_REQUEST');
});

test('a secret in a reason is not passed on', () => {
  assert.equal(refused(400, saying('apikey=a-secret-key is odd'))?.message.includes('a-secret-key'), false);
});

test('an answer is no refusal', () => {
  assert.equal(refused(200, '{"latitude":14.7}'), null);
  assert.equal(refused(200, '<html>'), null, 'that is for the decoder');
});
