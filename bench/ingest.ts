import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Context } from '../src/core/context.ts';
import { silentLogger } from '../src/core/log.ts';
import { silentMeter } from '../src/core/meter.ts';
import { seededRandom } from '../src/core/random.ts';
import { systemClock } from '../src/core/time.ts';
import type { Journal } from '../src/journal/journal.ts';
import { sqliteJournal } from '../src/journal/sqlite/journal.ts';
import { applySlotEvent } from '../src/ledger/transition.ts';
import { processOptions } from '../src/process/config.ts';
import { processStage } from '../src/process/runner.ts';
import { sqliteStore } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import { appendFeed, feedPlaces, messageAt } from './feed.ts';
import { type Figure, printFigures } from './machine.ts';

/**
 * Journal → store: single-record messages as the poller writes them, with decode, checks, dedupe, ledger and positions.
 * `--rows 10` (millions) is the full run: each million is appended first and then processed; only the processing counts.
 */
const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1' },
    batch: { type: 'string', default: String(processOptions.parse({}).batchRecords) },
    places: { type: 'string', default: '13' },
  },
});
const millions = Number(flags.rows);
const placeCount = Number(flags.places);
const options = processOptions.parse({ batchRecords: Number(flags.batch) });

const places = feedPlaces(placeCount);
const random = seededRandom(1, 'bench');

let peakBytes = 0;
let batches = 0;
const meter = {
  ...silentMeter,
  observe: () => {
    if (batches++ % 64 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  },
};
const context: Context = { clock: systemClock, random, logger: silentLogger, meter };

async function measure(journal: Journal, store: Store): Promise<readonly number[]> {
  const stage = processStage({ journal, store, places, context, options, transition: applySlotEvent });
  const speeds: number[] = [];
  const rowsPerRound = Math.min(millions, 1) * 1_000_000;
  for (let round = 0; round < Math.max(1, millions); round++) {
    await appendFeed(journal, places, round * rowsPerRound, rowsPerRound);
    globalThis.gc?.();
    const startedAt = performance.now();
    const records = await stage.drain();
    const speed = (records / (performance.now() - startedAt)) * 1000;
    speeds.push(speed);
    console.error(`  ${(round + 1) * rowsPerRound} rows: ${Math.round(speed).toLocaleString('en-GB')}/s`);
    await journal.trim(systemClock.now());
  }
  await stage.close();
  return speeds;
}

const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-ingest-'));
const shared = { folder, clock: systemClock, logger: silentLogger, watchForeignMs: null };
const journal = await sqliteJournal({ ...shared, retentionBytes: 1024 * 1024 });
const store = sqliteStore({ ...shared, nature: 'simulated', preference: ['open-meteo'], retentionDays: null });
const speeds = await measure(journal, store);
const rows = (await store.observations.extent())?.count ?? 0;
await journal.close();
await store.close();
rmSync(folder, { recursive: true });

const first = speeds[0] ?? 0;
const last = speeds.at(-1) ?? 0;
const figures: Figure[] = [
  {
    what: `journal → store, first ${Math.min(1, millions)} M`,
    measured: first,
    unit: '/s',
    target: { atLeast: 100_000 },
  },
  { what: 'last million against the first', measured: last / first, unit: '', target: { atLeast: 0.8 } },
  { what: 'resident at most', measured: peakBytes / 1e6, unit: 'MB', target: { atMost: 300 } },
  { what: 'rows in the store', measured: rows, unit: '', target: { atLeast: millions * 1_000_000 } },
  { what: 'bytes of a message', measured: messageAt(places, 0).value.byteLength, unit: 'B' },
];
printFigures(`ingest, ${placeCount} places, batches of ${options.batchRecords}`, figures);
