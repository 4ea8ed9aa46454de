import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '../../core/random.ts';
import type { JournalRecord } from '../journal.ts';
import { scratchJournal } from './scratch-journal.contract.ts';

const ROUNDS = Number(process.env.HMT_JOURNAL_KILLS ?? 20);

/** A process that appends numbered records in batches of random length and prints each number once it is acknowledged. */
const APPENDER = `
  const { sqliteJournal } = await import(${JSON.stringify(new URL('./journal.ts', import.meta.url).href)});
  const { systemClock } = await import(${JSON.stringify(new URL('../../core/time.ts', import.meta.url).href)});
  const { silentLogger } = await import(${JSON.stringify(new URL('../../core/log.ts', import.meta.url).href)});
  const { seededRandom } = await import(${JSON.stringify(new URL('../../core/random.ts', import.meta.url).href)});
  const [folder, name, first, seed] = process.argv.slice(1);
  const journal = await sqliteJournal({ folder, clock: systemClock, logger: silentLogger, watchForeignMs: 100 });
  const random = seededRandom(Number(seed), name);
  let n = Number(first);
  process.stdout.write('open\\n');
  for (;;) {
    const count = 1 + Math.floor(random() * 30);
    const value = Buffer.alloc(Math.floor(random() * 3000), 'v');
    await journal.append('observations', Array.from({ length: count }, (_, i) => ({
      key: name + '-' + ((n + i) % 3), headers: { n: String(n + i), who: name }, value,
    })));
    n += count;
    process.stdout.write(n + '\\n');
  }`;

function appender(t: TestContext, folder: string, name: string, first: number, seed: number) {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', APPENDER, folder, name, String(first), String(seed)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  const acked = { next: first };
  const lines = createInterface({ input: child.stdout });
  const opened = once(lines, 'line');
  lines.on('line', (line) => {
    if (line !== 'open') acked.next = Number(line);
  });
  const ended = once(lines, 'close');
  return {
    opened,
    async kill(): Promise<number> {
      child.kill('SIGKILL');
      await ended;
      return acked.next;
    },
  };
}

test(`after ${ROUNDS} kills of two appending processes every acknowledged record is there once, in order`, async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const random = seededRandom(20_260_722);
  const ackedRanges: { who: string; from: number; to: number }[] = [];
  for (let round = 0; round < ROUNDS / 2; round++) {
    const from = round * 1_000_000;
    const both = ['one', 'two'].map((who) => ({ who, process: appender(t, log.folder, who, from, round) }));
    await Promise.all(both.map(({ process }) => process.opened));
    // Real time on purpose: what is random here is where in its work the other process is when it dies.
    await new Promise((resolve) => setTimeout(resolve, 5 + random() * 60));
    for (const { who, process } of both) ackedRanges.push({ who, from, to: await process.kill() });
  }

  const journal = await log.open();
  const consumer = await journal.consume({
    topics: ['observations'],
    group: 'recount',
    essential: true,
    startFrom: async () => [],
    maxRecords: 777,
    maxBytes: 1 << 20,
  });
  const records: JournalRecord[] = [];
  for (let delivery = await consumer.read(); delivery !== null; delivery = await consumer.read())
    records.push(...delivery.records);

  for (const { who, from, to } of ackedRanges) {
    const own = records.filter(
      ({ headers }) => headers.who === who && Math.floor(Number(headers.n) / 1_000_000) * 1_000_000 === from,
    );
    const numbers = own.map(({ headers }) => Number(headers.n));
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, i) => from + i),
      `${who} from ${from}: something is missing, doubled or out of order`,
    );
    assert.ok(from + numbers.length >= to, `${who}: ${to - from} were acknowledged, ${numbers.length} are there`);
    // At most the one batch that was committed and not told yet.
    assert.ok(from + numbers.length <= to + 30, `${who}: half of a batch, or more than one, was never acknowledged`);
  }
  assert.ok(records.length > ROUNDS * 10, `only ${records.length} records: the test proves nothing`);
  assert.equal(new Set(records.map((record) => record.offset)).size, records.length);
});

test('several processes may open a new folder at once', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const all = Array.from({ length: 4 }, (_, i) => appender(t, log.folder, `process-${i}`, 0, i));
  const acked = await Promise.all(
    all.map(async (process) => {
      await process.opened;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return process.kill();
    }),
  );
  const journal = await log.open();
  for (const [index, count] of acked.entries()) {
    const { items } = await journal.browse({ topic: 'observations', limit: 20_000 });
    const own = items.filter((record) => record.headers.who === `process-${index}`);
    assert.ok(own.length >= count);
  }
});
