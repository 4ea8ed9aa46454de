import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { HarmattanError } from '../core/errors.ts';
import { DAY_MS, HOUR_MS, type ManualClock, MINUTE_MS } from '../core/time.ts';
import type { ConsumeOptions, Consumer, Journal, JournalMessage, JournalRecord, Position } from './journal.ts';
import { partitionOf } from './partition.ts';
import { TOPICS, type Topic } from './topics.ts';

/** What a suite may ask of a journal's configuration. */
export interface JournalSettings {
  readonly partitions?: number;
  readonly retentionDays?: number;
  readonly retentionBytes?: number;
  readonly optionalHoldDays?: number;
  readonly maxRecordBytes?: number;
}

/** One durable log that a test has to itself. */
export interface JournalUnderTest {
  readonly clock: ManualClock;
  /** Opens the log, which is empty at the first call. Several may be open at once, as in several processes. */
  open(settings?: JournalSettings): Promise<Journal>;
  /** Closes what is open and removes everything. */
  remove(): Promise<void>;
}

/** What a journal can do beyond what every one must. */
export interface JournalAbilities {
  /** `trim` itself drops records, as configured; a broker that does it in its own time cannot be tested here. */
  readonly trims: boolean;
  /** Records of all partitions of a topic are delivered in the order in which they were appended. */
  readonly ordersPartitions: boolean;
}

const text = (record: { readonly value: Uint8Array }) => Buffer.from(record.value).toString();
const texts = (records: readonly JournalRecord[]) => records.map(text);
const message = (value: string, key: string | null = 'dakar'): JournalMessage => ({
  key,
  headers: {},
  value: Buffer.from(value),
});
const numbered = (from: number, to: number, key: string | null = 'dakar') =>
  Array.from({ length: to - from }, (_, i) => message(String(from + i), key));

/** How long a journal behind a network may take, real time; an embedded one never waits. */
const PATIENCE_MS = 10_000;

interface ReaderOptions extends Partial<ConsumeOptions> {
  /** What the store has committed. */
  readonly positions?: readonly Position[];
}

const reader = (journal: Journal, options: ReaderOptions = {}): Promise<Consumer> =>
  journal.consume({
    topics: ['observations'],
    group: 'process',
    essential: true,
    startFrom: async () => options.positions ?? [],
    maxRecords: 1000,
    maxBytes: 1 << 24,
    ...options,
  });

/** What a reader took: its records, and the positions that a store would have. */
interface Taken {
  readonly records: readonly JournalRecord[];
  readonly positions: readonly Position[];
}

/** Reads until `count` records have come, acknowledging each delivery unless told not to. */
async function take(consumer: Consumer, count: number, acknowledges = true): Promise<Taken> {
  const records: JournalRecord[] = [];
  const positions = new Map<string, Position>();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  while (records.length < count) {
    assert.ok(!signal.aborted, `only ${records.length} of ${count} records came`);
    const delivery = await consumer.read();
    if (delivery === null) {
      await consumer.wait(signal);
      continue;
    }
    records.push(...delivery.records);
    for (const position of delivery.positions) positions.set(`${position.topic}/${position.partition}`, position);
    if (acknowledges) await delivery.ack();
  }
  assert.equal(records.length, count);
  return { records, positions: [...positions.values()] };
}

const byOffset = (a: JournalRecord, b: JournalRecord) => a.partition - b.partition || a.offset - b.offset;

async function refusal(work: Promise<unknown>): Promise<HarmattanError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof HarmattanError, String(error));
    return error;
  }
  assert.fail('nothing was refused');
}

async function statusOf(journal: Journal, group: string, topic: Topic = 'observations') {
  const status = (await journal.consumers()).find((one) => one.group === group && one.topic === topic);
  assert.ok(status, `${group} is not registered`);
  return status;
}

/** Every page of a topic. */
async function browseAll(journal: Journal, options: Parameters<Journal['browse']>[0]): Promise<JournalRecord[]> {
  const items: JournalRecord[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await journal.browse({ ...options, ...(cursor ? { cursor } : {}) });
    assert.ok(page.items.length <= options.limit);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/**
 * What every journal must do, embedded or distributed: one suite that each implementation runs.
 *
 * @param make a new, empty log for one test
 */
export function journalContract(name: string, make: () => Promise<JournalUnderTest>, can: JournalAbilities): void {
  const holds = (sentence: string, work: (log: JournalUnderTest, context: TestContext) => Promise<void>) =>
    test(`${name}: ${sentence}`, async (context) => {
      const log = await make();
      try {
        await work(log, context);
      } finally {
        await log.remove();
      }
    });
  appending(holds);
  delivering(holds, can);
  resuming(holds);
  waiting(holds);
  accounting(holds);
  looking(holds);
  if (can.trims) trimming(holds);
}

type Holds = (sentence: string, work: (log: JournalUnderTest) => Promise<void>) => void;

function appending(holds: Holds): void {
  holds('what is appended comes back byte for byte, with key, headers and append time', async ({ open, clock }) => {
    const journal = await open();
    const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
    const headers: Record<string, string> = { ce_id: 'dakar/1', 'content-type': 'application/json', name: 'Thiès 🌧' };
    const messages: JournalMessage[] = [
      { key: 'dakar', headers, value: everyByte },
      { key: 'dakar', headers: {}, value: new Uint8Array(0) },
      { key: 'dakar', headers: JSON.parse('{"__proto__":"x","":"empty"}'), value: Buffer.from('\u{1F32A}') },
    ];
    const appendedAt = clock.now();
    await journal.append('observations', messages);
    const { records } = await take(await reader(journal), 3);
    for (const [index, record] of records.entries()) {
      assert.deepEqual(Buffer.from(record.value), Buffer.from(messages[index]?.value ?? []));
      assert.deepEqual(Object.entries(record.headers), Object.entries(messages[index]?.headers ?? {}));
      assert.equal(record.key, 'dakar');
      assert.equal(record.topic, 'observations');
      assert.equal(record.appendedAt, appendedAt);
    }
  });

  holds('a message without a key comes back without one', async ({ open }) => {
    const journal = await open();
    await journal.append('observations', [message('raw', null)]);
    const { records } = await take(await reader(journal), 1);
    assert.deepEqual([records[0]?.key, records[0]?.headers], [null, {}]);
  });

  holds('a value of 10 MB is accepted', async ({ open }) => {
    const journal = await open();
    assert.ok(journal.maxRecordBytes >= 10_000_000);
    const value = Buffer.alloc(10_000_000, 'z');
    await journal.append('observations', [{ key: 'dakar', headers: {}, value }]);
    const { records } = await take(await reader(journal), 1);
    assert.equal(Buffer.compare(records[0]?.value ?? Buffer.alloc(0), value), 0);
  });

  holds('one record that is too long keeps the whole append out, and no other one', async ({ open }) => {
    const journal = await open({ maxRecordBytes: 10_000_000 });
    const tooLong = { key: 'dakar', headers: {}, value: Buffer.alloc(journal.maxRecordBytes + 1) };
    const refused = refusal(journal.append('observations', [message('a'), tooLong, message('b')]));
    const beside = journal.append('observations', [message('c')]);
    assert.equal((await refused).code, 'HMT_JOURNAL_TOO_LARGE');
    await beside;
    const { records } = await take(await reader(journal), 1);
    assert.deepEqual(texts(records), ['c']);
  });

  holds('appending nothing does nothing', async ({ open }) => {
    const journal = await open();
    await journal.append('observations', []);
    assert.deepEqual((await journal.browse({ topic: 'observations', limit: 10 })).items, []);
  });

  holds('appends that run at the same time are all kept, in the order of the calls for one key', async ({ open }) => {
    const journal = await open();
    await Promise.all(Array.from({ length: 50 }, (_, i) => journal.append('observations', [message(String(i))])));
    const { records } = await take(await reader(journal), 50);
    assert.deepEqual(
      texts(records),
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
  });

  holds('a closed journal refuses to append, and closing again does nothing', async ({ open }) => {
    const journal = await open();
    await journal.append('observations', [message('before')]);
    await journal.close();
    await journal.close();
    assert.equal((await refusal(journal.append('observations', [message('after')]))).code, 'HMT_JOURNAL_UNAVAILABLE');
    const again = await open();
    assert.deepEqual(texts((await take(await reader(again), 1)).records), ['before']);
  });

  holds('its identity and its records survive closing; offsets go on where they were', async ({ open }) => {
    const first = await open();
    await first.append('observations', numbered(0, 3));
    await first.close();
    const second = await open();
    assert.equal(second.id, first.id);
    await second.append('observations', numbered(3, 6));
    const { records } = await take(await reader(second), 6);
    assert.deepEqual(texts(records), ['0', '1', '2', '3', '4', '5']);
    assert.equal(new Set(records.map((record) => record.offset)).size, 6);
  });
}

function delivering(holds: Holds, can: JournalAbilities): void {
  holds('a key lies in one partition, the one that the Java client chooses; offsets ascend in it', async ({ open }) => {
    const journal = await open({ partitions: 4 });
    const keys = ['dakar', 'thies', 'podor', 'matam', 'kolda', 'Saint-Louis', 'Thiès'];
    for (let round = 0; round < 5; round++)
      await journal.append(
        'observations',
        keys.map((key) => message(`${key} ${round}`, key)),
      );
    const { records } = await take(await reader(journal), 35);
    for (const key of keys) {
      const own = records.filter((record) => record.key === key);
      assert.deepEqual(
        texts(own),
        [0, 1, 2, 3, 4].map((round) => `${key} ${round}`),
      );
      assert.ok(own.every((record) => record.partition === partitionOf(key, 4)));
    }
    for (let partition = 0; partition < 4; partition++) {
      const offsets = records.filter((record) => record.partition === partition).map((record) => record.offset);
      assert.deepEqual(
        offsets,
        [...new Set(offsets)].sort((a, b) => a - b),
      );
    }
  });

  if (can.ordersPartitions)
    holds('records of all partitions come in the order in which they were appended', async ({ open }) => {
      const journal = await open({ partitions: 3 });
      for (let i = 0; i < 40; i++)
        await journal.append('observations', [message(String(i), i % 3 === 0 ? null : `place-${i}`)]);
      const { records } = await take(await reader(journal, { maxRecords: 7 }), 40);
      assert.deepEqual(
        texts(records),
        Array.from({ length: 40 }, (_, i) => String(i)),
      );
    });

  holds('a delivery keeps to its limits; a longer record still comes, alone', async ({ open }) => {
    const journal = await open();
    const lengths = [400, 400, 400, 5000, 100, 100, 100, 100, 100];
    await journal.append(
      'observations',
      lengths.map((length) => message('x'.repeat(length))),
    );
    const consumer = await reader(journal, { maxRecords: 4, maxBytes: 1000 });
    const left = [...lengths];
    while (left.length > 0) {
      const delivery = await consumer.read();
      if (delivery === null) {
        await consumer.wait(AbortSignal.timeout(PATIENCE_MS));
        continue;
      }
      const got = delivery.records.map((record) => record.value.length);
      assert.deepEqual(got, left.splice(0, got.length));
      assert.ok(got.length <= 4);
      const bytes = got.reduce((sum, length) => sum + length, 0);
      assert.ok(bytes <= 1000 || got.length === 1, `${got.length} records with ${bytes} bytes`);
    }
  });

  holds('several topics are read by one consumer, each in its order', async ({ open, clock }) => {
    const journal = await open();
    for (let i = 0; i < 6; i++) {
      for (const topic of TOPICS) await journal.append(topic, [message(`${topic} ${i}`)]);
      await clock.advanceBy(1000);
    }
    const { records, positions } = await take(await reader(journal, { topics: TOPICS, maxRecords: 5 }), 18);
    for (const topic of TOPICS)
      assert.deepEqual(
        texts(records.filter((record) => record.topic === topic)),
        [0, 1, 2, 3, 4, 5].map((i) => `${topic} ${i}`),
      );
    assert.deepEqual([...new Set(positions.map((position) => position.topic))].sort(), [...TOPICS].sort());
  });

  holds('a consumer gets only the topics it asked for', async ({ open }) => {
    const journal = await open();
    await journal.append('polls', [message('poll')]);
    await journal.append('forecasts', [message('forecast')]);
    const consumer = await reader(journal, { topics: ['forecasts'] });
    assert.deepEqual(texts((await take(consumer, 1)).records), ['forecast']);
    assert.equal(await consumer.read(), null);
  });

  holds('groups are independent of each other', async ({ open }) => {
    const journal = await open();
    await journal.append('observations', numbered(0, 5));
    const process = await take(await reader(journal), 5);
    const index = await take(await reader(journal, { group: 'index', essential: false }), 5);
    assert.deepEqual(texts(index.records), texts(process.records));
  });

  holds('consumers of one group get every record once between them', async ({ open }) => {
    const journal = await open({ partitions: 4 });
    for (let i = 0; i < 40; i++) await journal.append('observations', [message(String(i), `place-${i}`)]);
    const store = new Map<string, Position>();
    const startFrom = async () => [...store.values()];
    const both = [
      await reader(journal, { startFrom, maxRecords: 5 }),
      await reader(journal, { startFrom, maxRecords: 5 }),
    ];
    const seen: string[] = [];
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (seen.length < 40 && !signal.aborted)
      for (const consumer of both) {
        const delivery = await consumer.read();
        for (const position of delivery?.positions ?? []) store.set(`${position.partition}`, position);
        await delivery?.ack();
        seen.push(...texts(delivery?.records ?? []));
        if (seen.length === 20) await both[0]?.close().then(() => both.shift());
      }
    assert.deepEqual(
      seen.map(Number).sort((a, b) => a - b),
      Array.from({ length: 40 }, (_, i) => i),
    );
  });
}

function resuming(holds: Holds): void {
  holds('positions cover every partition of the topic and lie after what was delivered', async ({ open }) => {
    const journal = await open({ partitions: 3 });
    await journal.append('observations', [message('only', 'dakar')]);
    const { records, positions } = await take(await reader(journal), 1);
    assert.deepEqual(positions.map((position) => position.partition).sort(), [0, 1, 2]);
    const own = positions.find((position) => position.partition === records[0]?.partition);
    assert.ok(own && records[0] && own.offset > records[0].offset);
  });

  holds('who starts from the committed positions gets what follows and nothing else', async ({ open }) => {
    const journal = await open({ partitions: 3 });
    for (let i = 0; i < 30; i++) await journal.append('observations', [message(String(i), `place-${i % 7}`)]);
    const first = await reader(journal, { maxRecords: 12 });
    const before = await take(first, 12, false);
    await first.close();
    const second = await reader(journal, { positions: before.positions });
    const after = await take(second, 18);
    assert.equal(await second.read(), null);
    assert.deepEqual(
      [...texts(before.records), ...texts(after.records)].map(Number).sort((a, b) => a - b),
      Array.from({ length: 30 }, (_, i) => i),
    );
  });

  holds('every partition starts at its own position, and without one at its first record', async ({ open }) => {
    const journal = await open({ partitions: 3 });
    for (let i = 0; i < 60; i++) await journal.append('observations', [message(String(i), `place-${i % 9}`)]);
    const all = (await browseAll(journal, { topic: 'observations', limit: 25 })).sort(byOffset);
    const inPartition = (partition: number) => all.filter((record) => record.partition === partition);
    const positions = [0, 1].map((partition) => ({
      topic: 'observations' as const,
      partition,
      offset: inPartition(partition)[partition === 0 ? 4 : 9]?.offset ?? 0,
    }));
    const expected = [...inPartition(0).slice(4), ...inPartition(1).slice(9), ...inPartition(2)];
    const consumer = await reader(journal, { positions, maxRecords: 8 });
    const { records } = await take(consumer, expected.length);
    assert.deepEqual(texts([...records].sort(byOffset)), texts(expected));
    assert.equal(await consumer.read(), null);
  });

  holds(
    'an unacknowledged delivery comes again to the next consumer of the group, not to the same',
    async ({ open }) => {
      const journal = await open();
      await journal.append('observations', numbered(0, 4));
      const first = await reader(journal, { maxRecords: 2 });
      const acked = await take(first, 2);
      await take(first, 2, false);
      assert.equal(await first.read(), null);
      await first.close();
      const second = await reader(journal, { positions: acked.positions });
      assert.deepEqual(texts((await take(second, 2)).records), ['2', '3']);
    },
  );

  holds('with a growing number of partitions nothing is lost and nothing comes twice', async ({ open }) => {
    const narrow = await open({ partitions: 2 });
    for (let i = 0; i < 20; i++) await narrow.append('observations', [message(String(i), `place-${i % 5}`)]);
    const first = await take(await reader(narrow, { maxRecords: 10 }), 10);
    await narrow.close();
    const wide = await open({ partitions: 5 });
    for (let i = 20; i < 40; i++) await wide.append('observations', [message(String(i), `place-${i % 5}`)]);
    const second = await take(await reader(wide, { positions: first.positions, maxRecords: 7 }), 30);
    assert.deepEqual(
      [...texts(first.records), ...texts(second.records)].map(Number).sort((a, b) => a - b),
      Array.from({ length: 40 }, (_, i) => i),
    );
  });

  holds(
    'whatever is appended, read, committed or closed in between, every record reaches the store once',
    async (log) => {
      const step = fc.oneof(
        fc.record({
          do: fc.constant('append' as const),
          keys: fc.array(fc.constantFrom('a', 'b', 'c', null), { maxLength: 5 }),
        }),
        fc.record({
          do: fc.constant('read' as const),
          commits: fc.boolean(),
          maxRecords: fc.integer({ min: 1, max: 6 }),
        }),
        fc.record({ do: fc.constant('reopen' as const) }),
      );
      const topics: readonly Topic[] = ['polls'];
      let sent = 0;
      let journal = await log.open({ partitions: 3 });
      const store = { positions: new Map<number, Position>(), records: [] as JournalRecord[] };
      const restart = (maxRecords: number) =>
        reader(journal, { topics, maxRecords, startFrom: async () => [...store.positions.values()] });
      const commit = (taken: Taken) => {
        store.records.push(...taken.records);
        for (const position of taken.positions) store.positions.set(position.partition, position);
      };
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          for (const one of steps) {
            if (one.do === 'append')
              await journal.append(
                'polls',
                one.keys.map((key) => message(String(sent++), key)),
              );
            if (one.do === 'reopen') {
              await journal.close();
              journal = await log.open({ partitions: 3 });
            }
            if (one.do !== 'read') continue;
            const consumer = await restart(one.maxRecords);
            const delivery = await consumer.read();
            if (delivery && one.commits) {
              commit(delivery);
              await delivery.ack();
            }
            await consumer.close();
          }
        }),
        { numRuns: 25 },
      );
      const consumer = await restart(1000);
      commit(await take(consumer, sent - store.records.length));
      const numbers = texts(store.records).map(Number);
      assert.deepEqual(
        [...numbers].sort((a, b) => a - b),
        Array.from({ length: sent }, (_, i) => i),
      );
      for (const key of ['a', 'b', 'c']) {
        const own = texts(store.records.filter((record) => record.key === key)).map(Number);
        assert.deepEqual(
          own,
          [...own].sort((a, b) => a - b),
          `the records of ${key} are out of order`,
        );
      }
    },
  );
}

function waiting(holds: Holds): void {
  const settled = (work: Promise<void>) => {
    const state = { done: false };
    void work.then(() => {
      state.done = true;
    });
    return state;
  };

  holds('an append wakes whoever waits', async ({ open, clock }) => {
    const journal = await open();
    const consumer = await reader(journal);
    assert.equal(await consumer.read(), null);
    const stop = new AbortController();
    const wait = consumer.wait(stop.signal);
    const state = settled(wait);
    await clock.settle();
    assert.equal(state.done, false);
    await journal.append('observations', [message('news')]);
    await wait;
    assert.deepEqual(texts((await take(consumer, 1)).records), ['news']);
  });

  holds("another process's append is seen, and wakes whoever waits", async ({ open, clock }) => {
    const journal = await open();
    const other = await open();
    assert.equal(other.id, journal.id);
    const consumer = await reader(journal);
    assert.equal(await consumer.read(), null);
    const wait = consumer.wait(AbortSignal.timeout(PATIENCE_MS));
    await clock.settle();
    await other.append('observations', [message('from elsewhere')]);
    await clock.advanceBy(MINUTE_MS);
    await wait;
    assert.deepEqual(texts((await take(consumer, 1)).records), ['from elsewhere']);
  });

  holds('two processes append to the same key without taking an offset twice', async ({ open }) => {
    const [one, two] = [await open(), await open()];
    for (let i = 0; i < 10; i++) {
      await one.append('observations', [message(`one ${i}`)]);
      await two.append('observations', [message(`two ${i}`)]);
    }
    const { records } = await take(await reader(one), 20);
    assert.equal(new Set(records.map((record) => record.offset)).size, 20);
    for (const who of ['one', 'two'])
      assert.deepEqual(
        texts(records).filter((value) => value.startsWith(who)),
        Array.from({ length: 10 }, (_, i) => `${who} ${i}`),
      );
  });

  holds('waiting ends when it is aborted, and at once when there is something to read', async ({ open, clock }) => {
    const journal = await open();
    const consumer = await reader(journal);
    await consumer.read();
    const stop = new AbortController();
    const wait = consumer.wait(stop.signal);
    await clock.settle();
    stop.abort();
    await wait;
    await consumer.wait(AbortSignal.abort());
    await journal.append('observations', [message('unread')]);
    await consumer.wait(AbortSignal.timeout(PATIENCE_MS));
  });

  holds('waiting ends when the consumer or the journal is closed', async ({ open, clock }) => {
    for (const closes of ['consumer', 'journal']) {
      const journal = await open();
      const consumer = await reader(journal);
      await consumer.read();
      const wait = consumer.wait(AbortSignal.timeout(PATIENCE_MS));
      await clock.settle();
      await (closes === 'consumer' ? consumer : journal).close();
      await wait;
    }
  });
}

function accounting(holds: Holds): void {
  holds('lag counts the messages a group has not acknowledged, and the age of the oldest', async ({ open, clock }) => {
    const journal = await open({ partitions: 3 });
    const consumer = await reader(journal, { maxRecords: 4 });
    await consumer.read();
    assert.deepEqual(
      [(await statusOf(journal, 'process')).lagMessages, (await statusOf(journal, 'process')).lagMs],
      [0, 0],
    );
    for (let i = 0; i < 10; i++) {
      await journal.append('observations', [message(String(i), `place-${i}`)]);
      await clock.advanceBy(1000);
    }
    const before = await statusOf(journal, 'process');
    assert.deepEqual([before.lagMessages, before.lagMs, before.lastAckAt], [10, 10_000, null]);
    await take(consumer, 4);
    const after = await statusOf(journal, 'process');
    assert.deepEqual([after.lagMessages, after.essential, after.lostRecords], [6, true, 0]);
    assert.equal(after.lastAckAt, clock.now());
    await take(consumer, 6);
    const end = await statusOf(journal, 'process');
    assert.deepEqual([end.lagMessages, end.lagMs], [0, 0]);
  });

  holds('a delivery that was handed out but not acknowledged still counts as lag', async ({ open }) => {
    const journal = await open();
    await journal.append('observations', numbered(0, 6));
    const consumer = await reader(journal, { maxRecords: 3 });
    const first = await consumer.read();
    const second = await consumer.read();
    assert.equal((await statusOf(journal, 'process')).lagMessages, 6);
    await second?.ack();
    assert.equal((await statusOf(journal, 'process')).lagMessages, 6, 'something before it is open');
    await first?.ack();
    assert.equal((await statusOf(journal, 'process')).lagMessages, 0);
  });

  holds('the partitions that this process reads are known while it reads them', async ({ open }) => {
    const journal = await open();
    await journal.append('observations', numbered(0, 5));
    assert.deepEqual(journal.holdings(), []);
    const consumer = await reader(journal);
    await consumer.read();
    const [held, ...others] = journal.holdings();
    assert.deepEqual(others, []);
    assert.equal(held?.group, 'process');
    assert.equal(held?.topic, 'observations');
    assert.deepEqual(held?.partitions, [...(held?.partitions.keys() ?? [])], 'alone it has them all');
    assert.ok((held?.partitions.length ?? 0) > 0);
    await consumer.close();
    assert.deepEqual(journal.holdings(), []);
  });

  holds('lag is known to the next process too, and a removed group is forgotten', async ({ open }) => {
    const journal = await open();
    await journal.append('observations', numbered(0, 5));
    await take(await reader(journal, { maxRecords: 2 }), 2);
    await journal.close();
    const again = await open();
    assert.equal((await statusOf(again, 'process')).lagMessages, 3);
    assert.equal(await again.removeConsumer('process'), true);
    assert.equal(await again.removeConsumer('process'), false);
    assert.deepEqual(await again.consumers(), []);
  });
}

function looking(holds: Holds): void {
  holds('browsing pages through a topic, oldest first, each record once', async ({ open }) => {
    const journal = await open({ partitions: 3 });
    for (let i = 0; i < 25; i++) await journal.append('observations', [message(String(i), `place-${i % 4}`)]);
    const items = await browseAll(journal, { topic: 'observations', limit: 4 });
    assert.deepEqual(
      texts(items)
        .map(Number)
        .sort((a, b) => a - b),
      Array.from({ length: 25 }, (_, i) => i),
    );
    assert.deepEqual(await browseAll(journal, { topic: 'polls', limit: 4 }), []);
  });

  holds('browsing keeps to append times from (inclusive) and to (exclusive), and to a key', async ({ open, clock }) => {
    const journal = await open({ partitions: 3 });
    const startedAt = clock.now();
    for (let i = 0; i < 30; i++) {
      await journal.append('observations', [message(String(i), `place-${i % 3}`)]);
      await clock.advanceBy(MINUTE_MS);
    }
    const between = {
      topic: 'observations',
      from: startedAt + 5 * MINUTE_MS,
      to: startedAt + 20 * MINUTE_MS,
      limit: 4,
    } as const;
    const numbers = (items: readonly JournalRecord[]) =>
      texts(items)
        .map(Number)
        .sort((a, b) => a - b);
    assert.deepEqual(
      numbers(await browseAll(journal, between)),
      Array.from({ length: 15 }, (_, i) => 5 + i),
    );
    assert.deepEqual(numbers(await browseAll(journal, { ...between, key: 'place-0' })), [6, 9, 12, 15, 18]);
    assert.deepEqual(await browseAll(journal, { ...between, key: 'nowhere' }), []);
    assert.deepEqual(await browseAll(journal, { ...between, from: startedAt + HOUR_MS, to: startedAt + DAY_MS }), []);
  });

  holds('one record is found by its place in the journal; where none is there is null', async ({ open }) => {
    const journal = await open();
    await journal.append('observations', numbered(0, 3));
    const [, second] = (await take(await reader(journal), 3)).records;
    assert.ok(second);
    assert.deepEqual(await journal.get('observations', second.partition, second.offset), second);
    assert.equal(await journal.get('observations', second.partition + 1, second.offset), null);
    assert.equal(await journal.get('observations', second.partition, second.offset + 1_000_000), null);
    assert.equal(await journal.get('polls', second.partition, second.offset), null);
  });
}

function trimming(holds: Holds): void {
  const settings = { retentionDays: 10, optionalHoldDays: 7 };
  const countOf = async (journal: Journal) => (await browseAll(journal, { topic: 'observations', limit: 500 })).length;

  holds('without consumers, retention drops what is older than its age and nothing else', async ({ open, clock }) => {
    const journal = await open(settings);
    for (let day = 0; day < 20; day++) {
      await journal.append('observations', [message(String(day))]);
      await clock.advanceBy(DAY_MS);
    }
    assert.equal(await journal.trim(clock.now()), 10);
    assert.equal(text((await browseAll(journal, { topic: 'observations', limit: 5 }))[0] ?? message('')), '10');
    assert.equal(await journal.trim(clock.now()), 0);
  });

  holds('what an essential group has not acknowledged is never dropped', async ({ open, clock }) => {
    const journal = await open(settings);
    await journal.append('observations', numbered(0, 10));
    const consumer = await reader(journal, { maxRecords: 4 });
    await take(consumer, 4);
    await clock.advanceBy(400 * DAY_MS);
    assert.equal(await journal.trim(clock.now()), 4);
    assert.deepEqual(texts((await take(consumer, 6)).records), ['4', '5', '6', '7', '8', '9']);
    assert.equal(await journal.trim(clock.now()), 6);
  });

  holds(
    'an optional group holds records back for a while; after it they go and are counted as lost',
    async ({ open, clock }) => {
      const journal = await open(settings);
      const index = await reader(journal, { group: 'index', essential: false, maxRecords: 4 });
      await journal.append('observations', numbered(0, 10));
      await take(index, 4);
      await clock.advanceBy(11 * DAY_MS);
      assert.equal(await journal.trim(clock.now()), 4);
      assert.equal((await statusOf(journal, 'index')).lostRecords, 0);
      await clock.advanceBy(7 * DAY_MS);
      assert.equal(await journal.trim(clock.now()), 6);
      const status = await statusOf(journal, 'index');
      assert.deepEqual([status.lostRecords, status.lagMessages], [6, 0]);
      await journal.append('observations', [message('next')]);
      assert.deepEqual(texts((await take(index, 1)).records), ['next']);
    },
  );

  holds('a removed group holds nothing back', async ({ open, clock }) => {
    const journal = await open(settings);
    const consumer = await reader(journal);
    await journal.append('observations', numbered(0, 5));
    await clock.advanceBy(30 * DAY_MS);
    assert.equal(await journal.trim(clock.now()), 0);
    await consumer.close();
    await journal.removeConsumer('process');
    assert.equal(await journal.trim(clock.now()), 5);
  });

  holds('an offset is never given twice, also after everything was dropped', async ({ open, clock }) => {
    const journal = await open(settings);
    await journal.append('observations', numbered(0, 5));
    const before = (await take(await reader(journal), 5)).records;
    await clock.advanceBy(30 * DAY_MS);
    assert.equal(await journal.trim(clock.now()), 5);
    assert.equal(await countOf(journal), 0);
    await journal.close();
    const again = await open(settings);
    await again.append('observations', [message('new')]);
    const [record] = await browseAll(again, { topic: 'observations', limit: 5 });
    assert.ok(record && before.every((old) => record.offset > old.offset));
    const [oldest] = before;
    assert.ok(oldest);
    assert.equal(await again.get('observations', oldest.partition, oldest.offset), null);
  });

  holds('positions before the oldest record start at the oldest', async ({ open, clock }) => {
    const journal = await open(settings);
    await journal.append('observations', numbered(0, 5));
    await clock.advanceBy(30 * DAY_MS);
    await journal.append('observations', numbered(5, 8));
    await journal.trim(clock.now());
    const consumer = await reader(journal, { positions: [{ topic: 'observations', partition: 0, offset: 1 }] });
    assert.deepEqual(texts((await take(consumer, 3)).records), ['5', '6', '7']);
  });

  holds(
    'by size the oldest go first, but never what an essential group has not acknowledged',
    async ({ open, clock }) => {
      const limitBytes = 2 * 1024 * 1024;
      const journal = await open({ ...settings, retentionBytes: limitBytes });
      const value = Buffer.alloc(64 * 1024, 'x');
      for (let i = 0; i < 100; i++) {
        await journal.append('observations', [{ key: 'dakar', headers: { n: String(i) }, value }]);
        await clock.advanceBy(1000);
      }
      const essential = await reader(journal, { maxRecords: 50 });
      await essential.read();
      assert.equal(await journal.trim(clock.now()), 0);
      await essential.close();
      const again = await reader(journal, { maxRecords: 50 });
      await take(again, 50);
      assert.equal(await journal.trim(clock.now()), 50);
      await take(again, 50);
      await journal.trim(clock.now());
      const left = await browseAll(journal, { topic: 'observations', limit: 500 });
      assert.equal(left.at(-1)?.headers.n, '99');
      const bytes = left.length * value.length;
      assert.ok(bytes <= limitBytes && bytes >= limitBytes / 2, `${bytes} bytes are left`);
    },
  );
}
