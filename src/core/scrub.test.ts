import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MASK, scrubber } from './scrub.ts';

const KEY = '0123456789abcdef0123456789abcdef';

test('a key is taken out of addresses, bodies and error texts', () => {
  const { text } = scrubber([KEY]);
  assert.equal(text(`GET /data/2.5/weather?appid=${KEY}&lat=1`), `GET /data/2.5/weather?appid=${MASK}&lat=1`);
  const page = JSON.stringify({ data: [], next: `https://api.example.org/x?start=1&appid=${KEY}` });
  assert.equal(text(page).includes(KEY), false);
  assert.deepEqual(JSON.parse(text(page)), { data: [], next: `https://api.example.org/x?start=1&appid=${MASK}` });
});

test('text without a secret is left alone, and so are bytes, as the very same array', () => {
  const { text, bytes } = scrubber([KEY]);
  const body = new Uint8Array([0, 255, 128, 10]);
  assert.equal(text('nothing here'), 'nothing here');
  assert.equal(bytes(body), body);
});

test('without secrets nothing is changed', () => {
  const { text, bytes } = scrubber(['']);
  const body = Buffer.from('***');
  assert.equal(text('a b'), 'a b');
  assert.equal(bytes(body), body);
});

test('of two secrets of which one begins like the other, neither leaves its tail', () => {
  const { text } = scrubber(['hunter2', 'hunter2-and-more']);
  assert.equal(text('hunter2-and-more, hunter2'), `${MASK}, ${MASK}`);
});

const secret = fc.oneof(
  fc.string({ minLength: 8, maxLength: 40 }),
  fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }),
  fc.string({ minLength: 8, maxLength: 40, unit: fc.constantFrom(...'ab+/=%& "\\é.*$^([{|?') }),
  fc.stringMatching(/^[0-9a-f]{32}$/),
);
/** Text around a secret: never able to complete one itself. */
const around = fc.string({ maxLength: 30, unit: fc.constantFrom(...'xyz:;<>~') });

const encodings: readonly (readonly [string, (value: string) => string])[] = [
  ['plain', (value) => value],
  ['percent-encoded', encodeURIComponent],
  ['percent-encoded twice', (value) => encodeURIComponent(encodeURIComponent(value))],
  ['a form field', (value) => new URLSearchParams({ value }).toString().slice('value='.length)],
  [
    'fully percent-encoded',
    (value) => [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  ],
  ['a JSON string', (value) => JSON.stringify(value).slice(1, -1)],
  ['hexadecimal', (value) => Buffer.from(value).toString('hex')],
];

for (const [name, encode] of encodings)
  test(`a secret is found as ${name}, in text and in bytes`, () => {
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        fc.pre(value.isWellFormed());
        const { text, bytes } = scrubber([value]);
        const hidden = encode(value);
        const line = `${before}${hidden}${after}`;
        assert.equal(text(line).includes(hidden), false);
        assert.equal(Buffer.from(bytes(Buffer.from(line))).includes(Buffer.from(hidden)), false);
        assert.ok(text(line).includes(MASK));
      }),
    );
  });

test('a secret inside something that is base64-encoded is found at every offset and in both alphabets', () => {
  fc.assert(
    fc.property(secret, around, around, fc.boolean(), (value, before, after, urlSafe) => {
      fc.pre(value.isWellFormed());
      const whole = Buffer.from(`${before}${value}${after}`).toString(urlSafe ? 'base64url' : 'base64');
      const { text, bytes } = scrubber([value]);
      for (const cleaned of [text(whole), Buffer.from(bytes(Buffer.from(whole))).toString()]) {
        assert.ok(cleaned.includes(MASK));
        assert.equal(Buffer.from(cleaned.replaceAll(MASK, ''), 'base64').toString().includes(value), false);
      }
    }),
  );
});

test('bytes that are no UTF-8 keep everything but the secret', () => {
  const { bytes } = scrubber([KEY]);
  const noise = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]);
  const cleaned = bytes(Buffer.concat([noise, Buffer.from(KEY), noise]));
  assert.deepEqual(Buffer.from(cleaned), Buffer.concat([noise, Buffer.from(MASK), noise]));
});

test('what was scrubbed once stays as it is', () => {
  fc.assert(
    fc.property(secret, fc.string(), (value, other) => {
      const { text } = scrubber([value]);
      const once = text(`${other}${value}${other}`);
      fc.pre(!value.includes('*'));
      assert.equal(text(once), once);
    }),
  );
});
