import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/core/log.ts';
import { silentMeter } from '../../src/core/meter.ts';
import { seededRandom } from '../../src/core/random.ts';
import { systemClock } from '../../src/core/time.ts';
import { indexOptions } from '../../src/index/config.ts';
import { elasticsearchOptions } from '../../src/index/elasticsearch/config.ts';
import { elasticsearchIndex } from '../../src/index/elasticsearch/elasticsearch-index.ts';
import { INDEX_GROUP, indexStage } from '../../src/index/index-stage.ts';
import { sqliteJournal } from '../../src/journal/sqlite/journal.ts';
import { processOptions } from '../../src/process/config.ts';
import { decoders } from '../../src/process/decoders.ts';
import { sqliteStore } from '../../src/store/sqlite/store.ts';
import { startOpensearch } from '../../test/servers/opensearch.ts';
import { appendFeed, feedPlaces } from '../feed.ts';
import { printFigures } from '../machine.ts';

/** Journal → search index with a real OpenSearch on the same machine. `--rows 20000` for a quick look. */
const { values: flags } = parseArgs({ options: { rows: { type: 'string', default: '200000' } } });
const rows = Number(flags.rows);
/** Indexed before anything is timed: the engine compiles what it runs often. */
const warmUp = Math.min(rows, 50_000);
const PARTITIONS = 4;

const places = feedPlaces(13);
const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-index-'));
const server = await startOpensearch();
const shared = { folder, clock: systemClock, logger: silentLogger, watchForeignMs: null };
const journal = await sqliteJournal({ ...shared, partitions: PARTITIONS });
const store = sqliteStore({ ...shared, nature: 'live', preference: ['open-meteo'], retentionDays: null });
const context = { clock: systemClock, random: seededRandom(1, 'bench'), logger: silentLogger, meter: silentMeter };
const index = elasticsearchIndex({ ...elasticsearchOptions.parse({ url: server.url }), ...context });
const stage = indexStage({
  journal,
  store,
  index,
  decode: decoders({ places, options: processOptions.parse({}) }).observations,
  context,
  options: indexOptions.parse({ kind: 'elasticsearch' }),
});

/** Documents a second, and the share of one core that this process used. */
async function drained(expected: number) {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  assert.equal(await stage.drain(), expected);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: expected / seconds, cpuShare: (user + system) / 1e6 / seconds };
}

/** Gives the stage the whole journal to read again. */
async function rewind(): Promise<void> {
  await stage.close();
  const positions = Array.from(
    { length: PARTITIONS },
    (_, partition) => ({ topic: 'observations', partition, offset: 0 }) as const,
  );
  const none = { arrivals: [], slots: [], quarantined: [], providerForecasts: [] };
  await store.ingest.commit({ journalId: journal.id, group: INDEX_GROUP, positions, ...none, at: systemClock.now() });
}

try {
  await appendFeed(journal, places, 0, warmUp);
  const cold = await drained(warmUp);
  await appendFeed(journal, places, warmUp, rows);
  const warm = await drained(rows);
  await rewind();
  const again = await drained(warmUp + rows);
  printFigures('Journal → search index, OpenSearch 2.19.1 on the same machine', [
    { what: 'first documents', measured: cold.perSecond, unit: '/s' },
    { what: 'warm', measured: warm.perSecond, unit: '/s', target: { atLeast: 5000 } },
    { what: 'of one core, ours while warm', measured: warm.cpuShare, unit: 'cores' },
    { what: 'all of it again: nothing changes', measured: again.perSecond, unit: '/s' },
    {
      what: 'resident at the end',
      measured: process.memoryUsage.rss() / 1e6,
      unit: 'MB',
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
