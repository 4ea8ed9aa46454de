import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../src/core/log.ts';
import { silentMeter } from '../src/core/meter.ts';
import { type Instant, MINUTE_MS, manualClock, SECOND_MS } from '../src/core/time.ts';
import { writeEras } from '../src/ledger/era.ts';
import { sqliteStore } from '../src/store/sqlite/store.ts';
import { watchOptions } from '../src/watch/config.ts';
import { watchStage } from '../src/watch/watch-stage.ts';
import { parsePlaces } from '../src/weather/place.ts';
import { noValues } from '../src/weather/quantity.ts';
import { type Figure, printFigures } from './machine.ts';

/** The watch over 10,000 places on a real store: a slot in which all report, one in which half of them stop, and none. */
const { values: options } = parseArgs({ options: { places: { type: 'string', default: '10000' } } });
const count = Number(options.places);
const T0 = Date.UTC(2026, 6, 1);
const SLOT_MS = 15 * MINUTE_MS;
const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-watch-'));
const clock = manualClock(T0);
const places = parsePlaces(
  Array.from({ length: count }, (_, index) => ({
    name: `Place ${index}`,
    latitude: Math.round((index / count) * 1e6) / 1e4 - 50,
    longitude: Math.round((index % 360) * 1e4) / 1e4 - 180,
  })),
);
const store = await sqliteStore({
  folder,
  clock,
  logger: silentLogger,
  nature: 'simulated',
  preference: ['first'],
  retentionDays: null,
  watchForeignMs: null,
  fsync: false,
});
await writeEras(store, [{ fromAt: T0, toAt: null, everyMs: SLOT_MS, placeIds: places.map(({ id }) => id) }]);
const stage = watchStage({
  store,
  places,
  options: watchOptions.parse({}),
  context: { clock, random: () => 0.5, logger: silentLogger, meter: silentMeter },
  program: {
    plan: async () => ({ everyMs: SLOT_MS, graceMs: 5 * MINUTE_MS }),
    stages: async () => ({ process: { lagMessages: 0, lagMs: 0, running: true } }),
    sources: async () => ({ first: { lastErrorCode: null } }),
    quotas: async () => ({}),
    diskFreeShare: async () => 0.5,
  },
  channels: [{ channel: 'slack', minSeverity: 'notice', delayMs: 0 }],
  timeZone: 'UTC',
  heartbeat: null,
  wake: () => {},
  hearsPeople: true,
});

let offset = 0;
const values = { ...noValues(), temperatureC: 30, humidityPct: 40, pressureHpa: 1010, windSpeedMps: 3 };
async function arrive(slotAt: Instant, share: number): Promise<void> {
  await store.ingest.commit({
    journalId: 'bench',
    group: 'process',
    positions: [],
    arrivals: places.slice(0, Math.floor(share * count)).map(({ id }) => ({
      observation: {
        placeId: id,
        validAt: slotAt,
        slotAt,
        receivedAt: slotAt + MINUTE_MS,
        source: 'first',
        kind: 'observation',
        issuedAt: null,
        values,
        condition: null,
        sunriseAt: null,
        sunsetAt: null,
        flags: [],
      },
      partition: 0,
      offset: offset++,
      item: 0,
    })),
    slots: [],
    quarantined: [],
    providerForecasts: [],
    at: slotAt,
  });
}

interface Taken {
  readonly ms: number;
  /** The part of it that this thread had a processor: what is left of the time on a quiet machine. */
  readonly busyMs: number;
  readonly mb: number;
}

/** One evaluation: its time, and how far the heap grew by it before anything was collected. */
async function tick(at: Instant): Promise<Taken> {
  globalThis.gc?.();
  const before = process.memoryUsage();
  const busy = process.threadCpuUsage();
  const begin = performance.now();
  await stage.tick(at);
  const ms = performance.now() - begin;
  const { user, system } = process.threadCpuUsage(busy);
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  return { ms, busyMs: (user + system) / 1000, mb: grown / 1e6 };
}

const taken: Record<'all report' | 'half are late' | 'nothing is new', Taken[]> = {
  'all report': [],
  'half are late': [],
  'nothing is new': [],
};
await arrive(T0, 1);
await tick(T0 + MINUTE_MS);
for (let slot = 1; slot <= 12; slot++) {
  const slotAt = T0 + slot * SLOT_MS;
  const late = slot % 3 === 2;
  await arrive(slotAt, late ? 0.5 : 1);
  taken['all report'].push(await tick(slotAt + MINUTE_MS));
  taken['nothing is new'].push(await tick(slotAt + MINUTE_MS + 30 * SECOND_MS));
  for (const minutes of [6, 7, 8]) {
    const one = await tick(slotAt + minutes * MINUTE_MS);
    if (late) taken['half are late'].push(one);
  }
}

const figures: Figure[] = Object.entries(taken).flatMap(([what, all]) => [
  {
    what: `slowest evaluation of ${count} places, ${what}`,
    measured: Math.round(10 * Math.max(...all.map(({ ms }) => ms))) / 10,
    unit: 'ms',
    target: { atMost: 200 },
  },
  {
    what: `… of which on the processor, ${what}`,
    measured: Math.round(10 * Math.max(...all.map(({ busyMs }) => busyMs))) / 10,
    unit: 'ms',
  },
  {
    what: `memory of one evaluation, ${what}`,
    measured: Math.round(10 * Math.max(...all.map(({ mb }) => mb))) / 10,
    unit: 'MB',
    target: { atMost: 50 },
  },
]);
printFigures('watch', figures);
await store.close();
rmSync(folder, { recursive: true });
