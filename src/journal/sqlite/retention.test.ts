import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DAY_MS } from '../../core/time.ts';
import { scratchJournal } from './scratch-journal.contract.ts';

test('a large trim lets others have their turn, and gives the file’s room back', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ retentionDays: 1 });
  const value = Buffer.alloc(2000, 'x');
  for (let i = 0; i < 300; i++)
    await journal.append(
      'observations',
      Array.from({ length: 100 }, () => ({ key: 'dakar', headers: {}, value })),
    );
  await log.clock.advanceBy(DAY_MS + 1);
  await journal.append('observations', [{ key: 'dakar', headers: {}, value }]);
  let turns = 0;
  let going = true;
  const tick = () => {
    turns++;
    if (going) setImmediate(tick);
  };
  setImmediate(tick);
  assert.equal(await journal.trim(log.clock.now()), 30_000);
  going = false;
  assert.ok(turns >= 10, `only ${turns} turns for others`);
  const bytes = () => statSync(join(log.folder, 'journal.db')).size;
  const full = bytes();
  for (let hour = 0; hour < 40; hour++) await journal.trim(log.clock.now());
  await journal.close();
  assert.ok(bytes() < full / 2, `${bytes()} of ${full} bytes are still taken`);
});

test('by size, records of the topic with the oldest ones go first', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ retentionBytes: 1 << 20 });
  const value = Buffer.alloc(50_000, 'x');
  const append = async (topic: 'polls' | 'observations', count: number) => {
    for (let i = 0; i < count; i++) {
      await journal.append(topic, [{ key: 'dakar', headers: {}, value }]);
      await log.clock.advanceBy(1000);
    }
  };
  await append('polls', 15);
  await append('observations', 15);
  await journal.trim(log.clock.now());
  const left = async (topic: 'polls' | 'observations') => (await journal.browse({ topic, limit: 100 })).items.length;
  assert.equal(await left('observations'), 15);
  assert.ok((await left('polls')) < 8);
});

test('what an optional group loses is counted exactly, also where partitions stand apart', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ partitions: 2, retentionDays: 1, optionalHoldDays: 1 });
  const keys = Array.from({ length: 20 }, (_, i) => `place-${i}`);
  await journal.append(
    'observations',
    keys.map((key) => ({ key, headers: {}, value: Buffer.from(key) })),
  );
  const { items } = await journal.browse({ topic: 'observations', limit: 100 });
  const consumer = await journal.consume({
    topics: ['observations'],
    group: 'index',
    essential: false,
    startFrom: async () => [
      { topic: 'observations', partition: 0, offset: 15 },
      { topic: 'observations', partition: 1, offset: 5 },
    ],
    maxRecords: 10,
    maxBytes: 1 << 20,
  });
  const delivery = await consumer.read();
  assert.ok(delivery);
  const expected = items.filter(({ partition, offset }) => offset >= (partition === 0 ? 15 : 5)).length;
  await log.clock.advanceBy(3 * DAY_MS);
  assert.equal(await journal.trim(log.clock.now()), 20);
  const [status] = await journal.consumers();
  assert.deepEqual([status?.lostRecords, status?.lagMessages], [expected, 0]);
});
