import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Context } from '../../src/core/context.ts';
import { silentLogger } from '../../src/core/log.ts';
import { silentMeter } from '../../src/core/meter.ts';
import { seededRandom } from '../../src/core/random.ts';
import { systemClock } from '../../src/core/time.ts';
import { kafkaOptions } from '../../src/journal/kafka/config.ts';
import { kafkaJournal } from '../../src/journal/kafka/journal.ts';
import { processOptions } from '../../src/process/config.ts';
import { processStage } from '../../src/process/runner.ts';
import { sqliteStore } from '../../src/store/sqlite/store.ts';
import { startKafka } from '../../test/servers/kafka.ts';
import { appendFeed, feedPlaces } from '../feed.ts';
import { printFigures } from '../machine.ts';

/**
 * Kafka → SQLite: a real broker on the same machine, messages as the poller writes them, appended first and then
 * processed with decode, checks, dedupe, ledger and positions. Our process and the broker share the processors.
 */
const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '500000' },
    partitions: { type: 'string', default: '4' },
    /** Only appends, to these brokers, and prints how long that took, ms. */
    append: { type: 'string' },
  },
});
const rows = Number(flags.rows);
const partitions = Number(flags.partitions);
const places = feedPlaces(13);

let peakBytes = 0;
let batches = 0;
const meter = {
  ...silentMeter,
  observe: () => {
    if (batches++ % 16 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  },
};
const context: Context = { clock: systemClock, random: seededRandom(1, 'bench'), logger: silentLogger, meter };

const shared = { clock: systemClock, logger: silentLogger };
const openJournal = (brokers: string) =>
  kafkaJournal({ ...shared, kafka: kafkaOptions.parse({ brokers }), partitions });

/** In a process of its own, so that the memory measured is the worker's. */
async function appendOnly(brokers: string): Promise<never> {
  const journal = await openJournal(brokers);
  const startedAt = performance.now();
  await appendFeed(journal, places, 0, rows);
  console.log(performance.now() - startedAt);
  await journal.close();
  process.exit(0);
}

if (flags.append !== undefined) await appendOnly(flags.append);
const kafka = await startKafka();
const folder = mkdtempSync(join(tmpdir(), 'harmattan-bench-kafka-'));
const journal = await openJournal(kafka.brokers);
const store = sqliteStore({
  ...shared,
  folder,
  nature: 'simulated',
  preference: ['open-meteo'],
  retentionDays: null,
  watchForeignMs: null,
});
try {
  const appendArgs = [...process.argv.slice(1), '--append', kafka.brokers];
  const appendMs = Number(execFileSync(process.execPath, appendArgs, { encoding: 'utf8' }));
  const stage = processStage({ journal, store, places, context, options: processOptions.parse({}) });
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  // A drain ends when the broker has nothing at that moment, which is not yet the end of the topic.
  let records = 0;
  while (records < rows) records += await stage.drain();
  const processMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(usedBefore);
  await stage.close();
  const stored = (await store.observations.extent())?.count ?? 0;
  printFigures(`Kafka → SQLite, ${places.length} places, ${partitions} partitions, broker on the same machine`, [
    { what: 'processed', measured: (records / processMs) * 1000, unit: '/s', target: { atLeast: 40_000 } },
    { what: 'share of that time in our process', measured: ((user + system) / 1000 / processMs) * 100, unit: '%' },
    { what: 'appended, idempotent, acks all', measured: (rows / appendMs) * 1000, unit: '/s' },
    { what: 'resident at most', measured: peakBytes / 2 ** 20, unit: 'MiB', target: { atMost: 200 } },
    { what: 'rows in the store', measured: stored, unit: '', target: { atLeast: rows } },
  ]);
} finally {
  await journal.close();
  await store.close();
  rmSync(folder, { recursive: true });
  await kafka.stop();
}
