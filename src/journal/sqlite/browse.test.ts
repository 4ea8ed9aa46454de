import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HarmattanError } from '../../core/errors.ts';
import { scratchJournal } from './scratch-journal.contract.ts';

test('a rare key is found page by page, each of which looks at a bounded stretch', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open();
  const value = Buffer.from('x');
  const bulk = Array.from({ length: 15_000 }, () => ({ key: 'dakar', headers: {}, value }));
  const rare = { key: 'podor', headers: {}, value };
  for (let i = 0; i < 3; i++) await journal.append('observations', [...bulk, rare]);
  let found = 0;
  let pages = 0;
  for (let cursor: string | null | undefined; cursor !== null; pages++) {
    const options = { topic: 'observations', key: 'podor', limit: 10, ...(cursor ? { cursor } : {}) } as const;
    const page = await journal.browse(options);
    found += page.items.length;
    cursor = page.nextCursor;
  }
  assert.equal(found, 3);
  assert.ok(pages >= 3 && pages <= 4, `${pages} pages`);
});

test('a page holds a bounded number of bytes', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open();
  const value = Buffer.alloc(12 << 20, 'x');
  for (let i = 0; i < 4; i++) await journal.append('observations', [{ key: 'dakar', headers: {}, value }]);
  const page = await journal.browse({ topic: 'observations', limit: 100 });
  assert.equal(page.items.length, 2);
  const rest = await journal.browse({ topic: 'observations', limit: 100, cursor: page.nextCursor ?? '' });
  assert.deepEqual([rest.items.length, rest.nextCursor], [2, null]);
});

test('a cursor that is none of ours is refused as a bad parameter', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open();
  for (const cursor of ['', 'x', '-1', '1.5', '1e9', '9'.repeat(30), "0' OR 1=1"])
    await assert.rejects(
      journal.browse({ topic: 'observations', limit: 1, cursor }),
      (error) => error instanceof HarmattanError && error.code === 'HMT_HTTP_BAD_PARAMETER' && error.field === 'cursor',
      cursor,
    );
});
