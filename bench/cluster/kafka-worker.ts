import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { keepHeapSmall } from '../../src/app/program-heap.ts';
import { silentLogger } from '../../src/core/log.ts';
import { silentMeter } from '../../src/core/meter.ts';
import { seededRandom } from '../../src/core/random.ts';
import { systemClock } from '../../src/core/time.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { kafkaOptions } from '../../src/journal/kafka/config.ts';
import { kafkaJournal } from '../../src/journal/kafka/journal.ts';
import { processOptions } from '../../src/process/config.ts';
import { processStage } from '../../src/process/runner.ts';
import { sqliteStore } from '../../src/store/sqlite/store.ts';
import { appendFeed, feedPlaces } from '../feed.ts';

/** What a worker prints, one JSON document a line. */
export interface WorkerReport {
  /** Records that it has committed so far. */
  readonly records: number;
  /** Of this process's time on processors so far, ms. */
  readonly cpuMs: number;
  readonly residentBytes: number;
  /** How many partitions of the readings' topic it has. */
  readonly partitions: number;
}

const REPORT_EVERY_MS = 50;

/**
 * `--append N` appends the feed's first N messages and prints how long that took, ms; otherwise it is one `process` worker
 * until its input ends. With `--gate` it joins its group and reads nothing until a line comes in: workers with stores of
 * their own must have their partitions before there are records, for no store knows what another has of them.
 */
const { values: flags } = parseArgs({
  options: {
    brokers: { type: 'string', default: '' },
    topic: { type: 'string', default: '' },
    partitions: { type: 'string', default: '4' },
    places: { type: 'string', default: '13' },
    folder: { type: 'string', default: '' },
    /** Seconds without a sign of life after which others take over. */
    session: { type: 'string', default: '10' },
    append: { type: 'string' },
    gate: { type: 'boolean', default: false },
  },
});
const { brokers, topic, folder } = flags;
const places = feedPlaces(Number(flags.places));
const shared = { clock: systemClock, logger: silentLogger };
const journal = await kafkaJournal({
  ...shared,
  kafka: kafkaOptions.parse({ brokers, topic, groupId: topic, sessionSeconds: Number(flags.session) }),
  partitions: Number(flags.partitions),
});

if (flags.append === undefined) await work();
else {
  const startedAt = performance.now();
  await appendFeed(journal, places, 0, Number(flags.append));
  console.log(performance.now() - startedAt);
}
await journal.close();

async function work(): Promise<void> {
  keepHeapSmall();
  let records = 0;
  const meter = {
    ...silentMeter,
    count(name: string, _labels: object, amount = 1) {
      if (name === 'harmattan_process_records_total') records += amount;
    },
  };
  const store = sqliteStore({
    ...shared,
    folder,
    nature: 'simulated',
    preference: ['open-meteo'],
    retentionDays: null,
    watchForeignMs: null,
  });
  const input = createInterface({ input: process.stdin });
  const stage = processStage({
    journal: flags.gate ? behindGate(journal, once(input, 'line')) : journal,
    store,
    places,
    context: { ...shared, random: seededRandom(1, 'bench'), meter },
    options: processOptions.parse({}),
  });
  const report = () => {
    const { user, system } = process.cpuUsage();
    const holding = journal.holdings().find((one) => one.topic === 'observations');
    const said: WorkerReport = {
      records,
      cpuMs: (user + system) / 1000,
      residentBytes: process.memoryUsage.rss(),
      partitions: holding?.partitions.length ?? 0,
    };
    console.log(JSON.stringify(said));
  };
  const timer = setInterval(report, REPORT_EVERY_MS);
  const stop = new AbortController();
  input.on('close', () => stop.abort());
  await stage.run(stop.signal);
  clearInterval(timer);
  report();
  await store.close();
}

/** Joins groups at once and hands out records only once the gate is open. */
function behindGate(journal: Journal, open: Promise<unknown>): Journal {
  return {
    ...journal,
    async consume(options) {
      const consumer = await journal.consume(options);
      return {
        async read() {
          await open;
          return consumer.read();
        },
        wait: (signal) => consumer.wait(signal),
        close: () => consumer.close(),
      };
    },
  };
}
