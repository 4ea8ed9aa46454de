import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Context } from '../src/core/context.ts';
import { silentLogger } from '../src/core/log.ts';
import { silentMeter } from '../src/core/meter.ts';
import { seededRandom } from '../src/core/random.ts';
import { HOUR_MS, MINUTE_MS, systemClock } from '../src/core/time.ts';
import { flatRecord } from '../src/journal/flat-record.ts';
import type { Journal, JournalMessage } from '../src/journal/journal.ts';
import { sqliteJournal } from '../src/journal/sqlite/journal.ts';
import { applySlotEvent } from '../src/ledger/transition.ts';
import { processOptions } from '../src/process/config.ts';
import { processStage } from '../src/process/runner.ts';
import { sqliteStore } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import { loadPlaces, type Place } from '../src/weather/place.ts';
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

const STEP_MS = 15 * MINUTE_MS;
const FIRST_AT = Date.UTC(2000, 0, 1);
const APPENDED_AT_ONCE = 1000;

const senegal = loadPlaces(new URL('../regions/senegal.json', import.meta.url).pathname);
const places: readonly Place[] = Array.from({ length: placeCount }, (_, index) => {
  const like = senegal[index % senegal.length] as Place;
  return index < senegal.length ? like : { ...like, id: `${like.id}-${index}`, name: `${like.name} ${index}` };
});

const random = seededRandom(1, 'bench');
const tenth = (value: number) => Math.round(value * 10) / 10;

/** The message of one place and slot: 24 fields of the original and ours, some of them with a decimal. */
function messageAt(index: number): JournalMessage {
  const place = places[index % places.length] as Place;
  const slotAt = FIRST_AT + Math.floor(index / places.length) * STEP_MS;
  const warmth = 25 + 6 * Math.sin((slotAt / (24 * HOUR_MS)) * 2 * Math.PI) + random();
  const record = flatRecord(
    {
      placeId: place.id,
      validAt: slotAt,
      slotAt,
      receivedAt: slotAt + 20_000,
      source: 'open-meteo',
      kind: 'analysis',
      issuedAt: null,
      values: {
        temperatureC: tenth(warmth),
        feelsLikeC: tenth(warmth + 2),
        dewPointC: tenth(warmth - 9),
        pressureHpa: Math.round(1011 + 3 * random()),
        humidityPct: Math.round(40 + 50 * random()),
        cloudCoverPct: Math.round(100 * random()),
        visibilityM: 24_140,
        windSpeedMps: tenth(8 * random()),
        windFromDirectionDeg: Math.round(360 * random()),
        windGustMps: tenth(14 * random()),
        uvIndex: tenth(9 * random()),
        rain1hMm: 0,
        snow1hMm: null,
      },
      condition: { id: 802, description: null, icon: '03d' },
      sunriseAt: null,
      sunsetAt: null,
      flags: [],
    },
    place,
  );
  return { key: place.id, headers: {}, value: Buffer.from(JSON.stringify([record])) };
}

async function append(journal: Journal, from: number, count: number): Promise<void> {
  for (let index = from; index < from + count; index += APPENDED_AT_ONCE) {
    const messages = Array.from({ length: APPENDED_AT_ONCE }, (_, item) => messageAt(index + item));
    await journal.append('observations', messages);
  }
}

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
    await append(journal, round * rowsPerRound, rowsPerRound);
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
  { what: 'resident at most', measured: peakBytes / 2 ** 20, unit: 'MiB', target: { atMost: 300 } },
  { what: 'rows in the store', measured: rows, unit: '', target: { atLeast: millions * 1_000_000 } },
  { what: 'bytes of a message', measured: messageAt(0).value.byteLength, unit: 'B' },
];
printFigures(`ingest, ${placeCount} places, batches of ${options.batchRecords}`, figures);
