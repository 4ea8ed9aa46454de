import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../src/core/log.ts';
import { systemClock } from '../src/core/time.ts';
import type { Journal, JournalMessage } from '../src/journal/journal.ts';
import { sqliteJournal } from '../src/journal/sqlite/journal.ts';
import { eventHeaders } from '../src/journal/topics.ts';
import { type Figure, keepsPromise, printFigures } from './machine.ts';

/** Records of the bulk figures: 1 M by default, `HMT_RECORDS=100000` for a quick look. */
const RECORDS = Number(process.env.HMT_RECORDS ?? 1_000_000);
const SINGLES = 2_000;
const VALUE_BYTES = 560;
const BATCH = 100;

const PLACES = [
  'dakar',
  'thies',
  'diourbel',
  'kaolack',
  'kedougou',
  'kolda',
  'linguere',
  'matam',
  'podor',
  'saint-louis',
];
const VALUE = Buffer.alloc(VALUE_BYTES, '[{"lat":14.7333,"data_temp":30.1}]');

const keyOf = (n: number) => PLACES[n % PLACES.length] ?? 'dakar';
const raw = (n: number): JournalMessage => ({ key: keyOf(n), headers: {}, value: VALUE });
const withAttributes = (n: number): JournalMessage => ({
  ...raw(n),
  headers: eventHeaders({
    id: `${keyOf(n)}/${1_700_000_000_000 + n}/open-meteo/0123456789abcdef`,
    source: `/providers/open-meteo/places/${keyOf(n)}`,
    type: 'com.harmattan.observation',
    time: '2026-07-22T12:45:00Z',
  }),
});

async function inScratch<T>(work: (journal: Journal, folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-'));
  const journal = await sqliteJournal({ folder, clock: systemClock, logger: silentLogger, watchForeignMs: 100 });
  try {
    return await work(journal, folder);
  } finally {
    await journal.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const perSecond = (count: number, startedAt: number) => (count * 1000) / (performance.now() - startedAt);

async function appendRate(journal: Journal, records: number, make: (n: number) => JournalMessage): Promise<number> {
  const startedAt = performance.now();
  for (let n = 0; n < records; n += BATCH)
    await journal.append(
      'observations',
      Array.from({ length: BATCH }, (_, i) => make(n + i)),
    );
  return perSecond(records, startedAt);
}

async function readRate(journal: Journal): Promise<number> {
  const consumer = await journal.consume({
    topics: ['observations', 'forecasts', 'polls'],
    group: 'bench',
    essential: true,
    startFrom: async () => [],
    maxRecords: 1000,
    maxBytes: 8 << 20,
  });
  const startedAt = performance.now();
  let count = 0;
  for (let delivery = await consumer.read(); delivery !== null; delivery = await consumer.read()) {
    count += delivery.records.length;
    await delivery.ack();
  }
  return perSecond(count, startedAt);
}

/** Single appends one after the other, and the same bytes written and fsynced bare, in turns on the same disk. */
async function singleAppends(journal: Journal, folder: string): Promise<{ appendMs: number; bareMs: number }> {
  const file = openSync(join(folder, 'bare'), 'w');
  const block = Buffer.alloc(4096);
  let appendMs = 0;
  let bareMs = 0;
  for (let n = 0; n < SINGLES; n++) {
    let startedAt = performance.now();
    await journal.append('observations', [withAttributes(n)]);
    appendMs += performance.now() - startedAt;
    startedAt = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    bareMs += performance.now() - startedAt;
  }
  closeSync(file);
  return { appendMs: appendMs / SINGLES, bareMs: bareMs / SINGLES };
}

/** Many callers at a time: what grouping their commits gives. */
async function togetherRate(journal: Journal, callers: number): Promise<number> {
  const rounds = Math.ceil(RECORDS / 20 / callers);
  const startedAt = performance.now();
  for (let round = 0; round < rounds; round++)
    await Promise.all(Array.from({ length: callers }, (_, i) => journal.append('observations', [raw(i)])));
  return perSecond(rounds * callers, startedAt);
}

/** The longest a trim of everything keeps the event loop from others. */
async function longestTrimStepMs(journal: Journal): Promise<{ rate: number; longestMs: number }> {
  let lastAt = performance.now();
  let longestMs = 0;
  let going = true;
  const tick = () => {
    longestMs = Math.max(longestMs, performance.now() - lastAt);
    lastAt = performance.now();
    if (going) setImmediate(tick);
  };
  setImmediate(tick);
  const startedAt = performance.now();
  const dropped = await journal.trim(Date.now() + 400 * 86_400_000);
  going = false;
  return { rate: perSecond(dropped, startedAt), longestMs };
}

const figures: Figure[] = [];
const bulk = await inScratch(async (journal) => ({
  append: await appendRate(journal, RECORDS, raw),
  read: await readRate(journal),
  trim: await longestTrimStepMs(journal),
}));
const attributed = await inScratch(async (journal) => ({
  append: await appendRate(journal, RECORDS / 4, withAttributes),
  read: await readRate(journal),
}));
const single = await inScratch(singleAppends);
const together = await inScratch((journal) => togetherRate(journal, 50));
figures.push(
  {
    what: `append, batches of ${BATCH}, durable`,
    measured: bulk.append,
    unit: 'records/s',
    target: { atLeast: 150_000 },
  },
  { what: 'append, the same with CloudEvents headers', measured: attributed.append, unit: 'records/s' },
  { what: 'single durable append', measured: single.appendMs, unit: 'ms' },
  { what: 'bare write + fsync of a page', measured: single.bareMs, unit: 'ms' },
  { what: 'single append / bare fsync', measured: single.appendMs / single.bareMs, unit: '×', target: { atMost: 2 } },
  { what: 'single appends of 50 callers at a time', measured: together, unit: 'records/s' },
  { what: 'read and acknowledge', measured: bulk.read, unit: 'records/s', target: { atLeast: 400_000 } },
  { what: 'read, the same with CloudEvents headers', measured: attributed.read, unit: 'records/s' },
  { what: 'trim', measured: bulk.trim.rate, unit: 'records/s' },
  { what: 'trim, longest turn', measured: bulk.trim.longestMs, unit: 'ms' },
);
printFigures(`journal: ${RECORDS.toLocaleString('en-GB')} records of ${VALUE_BYTES} bytes`, figures);
if (figures.some((figure) => keepsPromise(figure) === false)) process.exitCode = 1;
