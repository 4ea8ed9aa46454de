import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LeakSearch } from './leak-search.ts';

const SECRET = 'sim+0a1b2c3d/4e5f6071=';
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('a secret is found plain, encoded for URLs, in hexadecimal and in base64 at every offset', () => {
  const spellings = [
    SECRET,
    `https://x/?appid=${encodeURIComponent(SECRET)}&units=metric`,
    encodeURIComponent(`https://x/?appid=${encodeURIComponent(SECRET)}`),
    Buffer.from(SECRET).toString('hex'),
    base64(SECRET),
    base64(`a${SECRET}`),
    base64(`ab${SECRET}tail`),
    base64(`user:${SECRET}`),
    Buffer.from(`ab${SECRET}`).toString('base64url'),
  ];
  for (const spelling of spellings) {
    const search = new LeakSearch([SECRET]);
    search.text('log', `before ${spelling} after`);
    assert.ok(search.count > 0, spelling);
    const inBytes = new LeakSearch([SECRET]);
    inBytes.bytes('file', Buffer.concat([Buffer.from([0, 255]), Buffer.from(spelling), Buffer.from([0])]));
    assert.ok(inBytes.count > 0, spelling);
  }
});

test('what was found is told by place and spelling, never by the secret itself', () => {
  const search = new LeakSearch([SECRET]);
  search.text('log', SECRET);
  assert.ok(search.leaks.length > 0);
  assert.ok(!JSON.stringify(search.leaks).includes(SECRET));
});

test('ordinary text, other keys and masked secrets are no leak', () => {
  const search = new LeakSearch([SECRET]);
  search.text('log', 'appid=***&units=metric');
  search.text('log', base64('an ordinary reading of 27.3 degrees'));
  search.text('log', SECRET.slice(0, -4));
  assert.equal(search.count, 0);
});

test('every file below a folder is read to its end, also where a secret lies across two chunks', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-leak-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'deep'));
  const big = Buffer.alloc(5 * 1024 * 1024, 'x');
  big.write(SECRET, 4 * 1024 * 1024 - 5);
  writeFileSync(join(folder, 'deep', 'store.db'), big);
  writeFileSync(join(folder, 'clean.db'), Buffer.alloc(1000));
  const search = new LeakSearch([SECRET]);
  search.folder(folder);
  assert.ok(search.count > 0);
  assert.ok(search.leaks.every(({ where }) => where === `file ${join('deep', 'store.db')}`));
});
