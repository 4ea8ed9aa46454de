import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../src/core/log.ts';
import { type Instant, MINUTE_MS, systemClock } from '../src/core/time.ts';
import { sqliteStore } from '../src/store/sqlite/store.ts';
import { loadPlaces, type Place } from '../src/weather/place.ts';
import { arrival, batchOf, filled } from './arrivals.ts';
import { type Figure, printFigures } from './machine.ts';
import { startProgram } from './running.ts';

/** The program started on a folder that holds ten million rows and their slots: `--rows` is how many. */
const { values: flags } = parseArgs({ options: { rows: { type: 'string', default: '10000000' } } });
const rows = Number(flags.rows);
const BATCH = 1000;
const STEP_MS = 15 * MINUTE_MS;
const STARTS = 5;

const places = loadPlaces(new URL('../regions/senegal.json', import.meta.url).pathname);
const firstAt: Instant = systemClock.now() - (rows / places.length) * STEP_MS;

function arrivalAt(index: number) {
  const place = places[index % places.length] as Place;
  return arrival(place.id, Math.floor(firstAt / STEP_MS + index / places.length) * STEP_MS, index);
}

async function fill(folder: string): Promise<void> {
  const store = sqliteStore({
    folder,
    clock: systemClock,
    logger: silentLogger,
    nature: 'live',
    preference: ['open-meteo'],
    retentionDays: null,
    watchForeignMs: null,
    fsync: false,
  });
  for (let index = 0; index < rows; index += BATCH) {
    const arrivals = Array.from({ length: BATCH }, (_, item) => arrivalAt(index + item));
    const slots = arrivals.map((one) => filled(one, null));
    await store.ingest.commit(batchOf(arrivals, slots));
  }
  await store.close();
}

const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-start-'));
try {
  await fill(folder);
  const answeredMs: number[] = [];
  const pageMs: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const program = await startProgram(['--data', folder, '--source', 'none']);
    answeredMs.push(program.answeredMs);
    const startedAt = performance.now();
    await (await fetch(`${program.url}/api/v1/places`)).text();
    pageMs.push(performance.now() - startedAt);
    await program.stop();
  }
  const figures: Figure[] = [
    {
      what: `first HTTP answer, slowest of ${STARTS} starts`,
      measured: Math.max(...answeredMs) / 1000,
      unit: 's',
      target: { atMost: 2 },
    },
    { what: 'all places with their readings right after it', measured: Math.max(...pageMs), unit: 'ms' },
  ];
  printFigures(`start on ${rows.toLocaleString('en-GB')} rows`, figures);
} finally {
  rmSync(folder, { recursive: true });
}
