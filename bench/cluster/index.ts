import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../src/core/log.ts';
import { silentMeter } from '../../src/core/meter.ts';
import { systemClock } from '../../src/core/time.ts';
import { indexOptions } from '../../src/index/config.ts';
import { elasticsearchOptions } from '../../src/index/elasticsearch/config.ts';
import { elasticsearchIndex } from '../../src/index/elasticsearch/elasticsearch-index.ts';
import { INDEX_GROUP, indexStage } from '../../src/index/index-stage.ts';
import { observationMessage } from '../../src/journal/flat-record.ts';
import { sqliteJournal } from '../../src/journal/sqlite/journal.ts';
import { processOptions } from '../../src/process/config.ts';
import { decoders } from '../../src/process/decoders.ts';
import { sqliteStore } from '../../src/store/sqlite/store.ts';
import type { Observation } from '../../src/weather/observation.ts';
import { loadPlaces } from '../../src/weather/place.ts';
import { noValues } from '../../src/weather/quantity.ts';
import { startOpensearch } from '../../test/servers/opensearch.ts';
import { printFigures } from '../machine.ts';

/** Journal → search index with a real OpenSearch on the same machine. `HMT_RECORDS=20000` for a quick look. */
const RECORDS = Number(process.env.HMT_RECORDS ?? 200_000);
/** Indexed before anything is timed: the engine compiles what it runs often. */
const WARM_UP = Math.min(RECORDS, 50_000);
const EVERY_MS = 15 * 60_000;
const BATCH = 1000;

const places = loadPlaces(new URL('../../regions/senegal.json', import.meta.url).pathname);
const beginning = Date.UTC(2020, 0, 1);

/** The n-th reading of thirteen places every 15 minutes, with the quantities that a provider gives. */
function message(n: number) {
  const place = places[n % places.length];
  assert.ok(place);
  const validAt = beginning + Math.floor(n / places.length) * EVERY_MS;
  const wave = Math.sin(n / 97);
  const values = {
    ...noValues(),
    temperatureC: Math.round((28 + 6 * wave) * 100) / 100,
    feelsLikeC: Math.round((29 + 6 * wave) * 100) / 100,
    dewPointC: Math.round((20 + 2 * wave) * 100) / 100,
    pressureHpa: Math.round((1012 + 2 * wave) * 10) / 10,
    humidityPct: Math.round(60 - 20 * wave),
    cloudsPct: Math.round(50 + 40 * wave),
    windSpeedMps: Math.round((4 + 2 * wave) * 100) / 100,
    windDirectionDeg: n % 360,
  };
  const rest = { source: 'open-meteo', kind: 'analysis', issuedAt: null, condition: null } as const;
  const sun = { sunriseAt: validAt - 3_600_000, sunsetAt: validAt + 3_600_000 };
  const reading = {
    placeId: place.id,
    validAt,
    slotAt: validAt,
    receivedAt: validAt + 2000,
    values,
    flags: [],
    ...rest,
    ...sun,
  };
  return observationMessage(reading satisfies Observation, place, { stale: false, backfill: false });
}

const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-index-'));
const server = await startOpensearch();
const shared = { folder, clock: systemClock, logger: silentLogger, watchForeignMs: null };
const journal = await sqliteJournal(shared);
const store = sqliteStore({ ...shared, nature: 'live', preference: ['open-meteo'], retentionDays: null });
const index = elasticsearchIndex({
  ...elasticsearchOptions.parse({ url: server.url }),
  clock: systemClock,
  random: Math.random,
});
const stage = indexStage({
  journal,
  store,
  index,
  decode: decoders({ places, options: processOptions.parse({}) }).observations,
  context: { clock: systemClock, random: Math.random, logger: silentLogger, meter: silentMeter },
  options: indexOptions.parse({ kind: 'elasticsearch' }),
});

let appended = 0;
async function append(count: number): Promise<void> {
  for (const until = appended + count; appended < until; appended += BATCH)
    await journal.append(
      'observations',
      Array.from({ length: BATCH }, (_, at) => message(appended + at)),
    );
}

/** Documents a second, and the share of one core that this process used. */
async function drained(expected: number) {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  assert.equal(await stage.drain(), expected);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: expected / seconds, cpuShare: (user + system) / 1e6 / seconds };
}

try {
  await append(WARM_UP);
  const cold = await drained(WARM_UP);
  await append(RECORDS);
  const warm = await drained(RECORDS);
  assert.match(await index.describe(new AbortController().signal), /OpenSearch/);

  const everything = appended;
  await stage.close();
  const positions = [...Array(16).keys()].map(
    (partition) => ({ topic: 'observations', partition, offset: 0 }) as const,
  );
  const none = { arrivals: [], slots: [], quarantined: [], providerForecasts: [] };
  await store.ingest.commit({ journalId: journal.id, group: INDEX_GROUP, positions, ...none, at: systemClock.now() });
  const again = await drained(everything);

  printFigures('Journal → search index (OpenSearch 2.19.1 on the same machine)', [
    { what: 'first documents', measured: cold.perSecond, unit: 'documents/s' },
    { what: 'warm', measured: warm.perSecond, unit: 'documents/s', target: { atLeast: 5000 } },
    { what: 'of one core, ours while warm', measured: warm.cpuShare, unit: 'cores' },
    { what: 'all of it again: nothing changes', measured: again.perSecond, unit: 'documents/s' },
    {
      what: 'resident at the end',
      measured: process.memoryUsage().rss / 2 ** 20,
      unit: 'MiB',
      target: { atMost: 200 },
    },
  ]);
} finally {
  await stage.close();
  await store.close();
  await journal.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
