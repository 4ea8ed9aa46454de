import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumeOptions, Journal, Position } from '../journal.ts';
import { partitionOf } from '../partition.ts';
import { scratchJournal } from './scratch-journal.contract.ts';

const message = (value: string, key: string | null = 'dakar') => ({ key, headers: {}, value: Buffer.from(value) });
const textsOf = (records: readonly { readonly value: Uint8Array }[] = []) =>
  records.map(({ value }) => Buffer.from(value).toString());

const consume = (journal: Journal, positions: readonly Position[], more: Partial<ConsumeOptions> = {}) =>
  journal.consume({
    topics: ['observations'],
    group: 'process',
    essential: true,
    startFrom: async () => positions,
    maxRecords: 100,
    maxBytes: 1 << 20,
    ...more,
  });

test('lag is exact also while partitions stand at different positions', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ partitions: 3 });
  const keys = Array.from({ length: 30 }, (_, i) => `place-${i}`);
  await journal.append(
    'observations',
    keys.map((key) => message(key, key)),
  );
  const starts = [0, 20, 10];
  const consumer = await consume(
    journal,
    starts.map((offset, partition) => ({ topic: 'observations', partition, offset })),
    { maxRecords: 5 },
  );
  let unread = keys.filter((key, offset) => offset >= (starts[partitionOf(key, 3)] ?? 0)).length;
  for (let delivery = await consumer.read(); delivery !== null; delivery = await consumer.read()) {
    const [status] = await journal.consumers();
    assert.equal(status?.lagMessages, unread);
    await delivery.ack();
    unread -= delivery.records.length;
  }
  assert.equal(unread, 0);
  assert.equal((await journal.consumers())[0]?.lagMessages, 0);
});

test('a journal put back from an older copy gives no offset again that the store has seen', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ partitions: 2 });
  await journal.append('observations', [message('old')]);
  const ahead = [0, 1].map((partition) => ({ topic: 'observations', partition, offset: 1000 }) as const);
  const consumer = await consume(journal, ahead);
  assert.equal(await consumer.read(), null);
  await journal.append('observations', [message('new')]);
  const delivery = await consumer.read();
  assert.deepEqual(textsOf(delivery?.records), ['new']);
  assert.equal(delivery?.records[0]?.offset, 1000);
});

test('of two consumers of one group the second stands by until the first is gone', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open();
  const [first, second] = [await consume(journal, []), await consume(journal, [])];
  await journal.append('observations', [message('one')]);
  assert.equal(await second.read(), null);
  assert.deepEqual(textsOf((await first.read())?.records), ['one']);
  const woken = second.wait(AbortSignal.timeout(5000));
  await first.close();
  await woken;
  assert.deepEqual(textsOf((await second.read())?.records), ['one']);
});

test('an acknowledgement that comes after the consumer was closed moves nothing', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open();
  await journal.append('observations', [message('one')]);
  const consumer = await consume(journal, []);
  const delivery = await consumer.read();
  await consumer.close();
  await delivery?.ack();
  assert.equal((await journal.consumers())[0]?.lagMessages, 1);
  await assert.rejects(consumer.read(), { code: 'HMT_JOURNAL_UNAVAILABLE' });
});

test('positions that cannot be learned are asked for again at the next read', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open();
  await journal.append('observations', [message('one')]);
  let asked = 0;
  const consumer = await consume(journal, [], {
    startFrom: async () => {
      if (asked++ === 0) throw new Error('the store is not there yet');
      return [];
    },
  });
  await assert.rejects(consumer.read(), /not there yet/);
  assert.deepEqual(textsOf((await consumer.read())?.records), ['one']);
});

test('a delivery never holds much more than its limit of bytes, however long the records are', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open();
  const value = Buffer.alloc(4 << 20, 'x');
  for (let i = 0; i < 40; i++) await journal.append('observations', [{ key: 'dakar', headers: {}, value }]);
  const consumer = await consume(journal, [], { maxRecords: 1000, maxBytes: 9 << 20 });
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
  const delivery = await consumer.read();
  const after = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
  assert.equal(delivery?.records.length, 2);
  // 160 MB lie in the journal; two records were asked for.
  assert.ok(after - before < 60 << 20, `${(after - before) >> 20} MiB were taken`);
});

test('a group that no longer reads a topic does not hold it back', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open();
  await (await consume(journal, [], { topics: ['observations', 'polls'] })).close();
  await (await consume(journal, [], { topics: ['observations'] })).close();
  assert.deepEqual(
    (await journal.consumers()).map((status) => status.topic),
    ['observations'],
  );
});

test('acknowledgements reach other processes within a second or so of the clock', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const [journal, other] = [await log.open(), await log.open()];
  await journal.append('observations', [message('one')]);
  const consumer = await consume(journal, []);
  await (await consumer.read())?.ack();
  const stop = new AbortController();
  const waiting = consumer.wait(stop.signal);
  await log.clock.advanceBy(1000);
  assert.equal((await other.consumers())[0]?.lagMessages, 0);
  stop.abort();
  await waiting;
});
