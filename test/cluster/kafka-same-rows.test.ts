import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { simulatedProgram } from '../../src/app/simulated.ts';
import { silentLogger } from '../../src/core/log.ts';
import { kafkaOptions } from '../../src/journal/kafka/config.ts';
import { kafkaJournal } from '../../src/journal/kafka/journal.ts';
import { FAULT_NAMES } from '../../src/poll/simulator/faults.ts';
import { type SimulateOptions, type SimulationReport, simulate } from '../../src/simulate/simulate.ts';
import { loadPlaces } from '../../src/weather/place.ts';
import { outputOf, temporaryFolder } from '../program.ts';
import { kafkaAvailable, sharedKafka } from '../servers/kafka.ts';
import { skipWithout } from '../servers/tools.ts';
import { scratchName } from './kafka-cluster.ts';
import { RestWatch } from './watched-journal.ts';

/** `HMT_DAYS=30 npm run test:cluster -- kafka-same-rows` lives through a month. */
const DAYS = Number(process.env.HMT_DAYS ?? 3);
const SEED = 1;
const HOME = new URL('../..', import.meta.url).pathname;
/** The life is of 2024: the brokers, whose clock is today's, would drop its records as soon as they look. */
const KEPT_LONG = { retentionDays: 36_500 };
const EXPORTS = ['observations', 'forecasts', 'slots', 'quarantine'] as const;

const skip = skipWithout('Kafka', kafkaAvailable());
let kafka: Awaited<ReturnType<typeof sharedKafka>> | null = null;
if (!skip) {
  before(async () => {
    kafka = await sharedKafka();
  });
  after(() => kafka?.stop());
}

test(`over Kafka and in one folder, ${DAYS} days lived slot by slot with all faults leave the same, byte for byte`, {
  skip,
}, async (t) => {
  const embedded = await lived(t, 'embedded', {});
  const rest = new RestWatch();
  const name = scratchName();
  // However slow the machine is, no session ends: a member that is away for a moment would work at another instant.
  const options = kafkaOptions.parse({ brokers: kafka?.brokers, topic: name, groupId: name, sessionSeconds: 300 });
  const places = loadPlaces(join(HOME, 'regions', 'senegal.json'));
  const start = simulatedProgram(places, HOME, {
    openJournal: async ({ clock, config }) =>
      rest.watch(await kafkaJournal({ ...config.journal, ...KEPT_LONG, kafka: options, clock, logger: silentLogger })),
  });
  const cluster = await lived(t, 'kafka', { start, atRest: rest.atRest });
  // What the watch tells is left out: it looks at an instant in which work over Kafka may still be under way.
  assert.deepEqual({ ...cluster.report, alerts: [] }, { ...embedded.report, alerts: [] });
  assert.ok(embedded.report.corrections > 0 && embedded.report.restarts > 0);
  for (const what of EXPORTS) {
    assert.ok(embedded.rows[what].length > 0, `there are no ${what} to compare`);
    assert.deepEqual(onlyIn(cluster.rows[what], embedded.rows[what]), [], `${what} that only Kafka has`);
    assert.deepEqual(onlyIn(embedded.rows[what], cluster.rows[what]), [], `${what} that Kafka lacks`);
    assert.ok(cluster.rows[what] === embedded.rows[what], `${what} differ in how often a row comes`);
  }
});

/** The first few lines of one text that the other has not. */
function onlyIn(one: string, other: string): readonly string[] {
  const known = new Set(other.split('\n'));
  return one
    .split('\n')
    .filter((line) => !known.has(line))
    .slice(0, 5);
}

interface Lived {
  readonly report: SimulationReport;
  readonly rows: Readonly<Record<(typeof EXPORTS)[number], string>>;
}

async function lived(t: TestContext, name: string, more: Partial<SimulateOptions>): Promise<Lived> {
  const folder = temporaryFolder(t, `same-${name}`);
  const places = loadPlaces(join(HOME, 'regions', 'senegal.json'));
  const startedAt = performance.now();
  const report = await simulate({
    days: DAYS,
    seed: SEED,
    places,
    faults: FAULT_NAMES,
    folder,
    start: simulatedProgram(places, HOME),
    ...more,
  });
  t.diagnostic(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  const rows = await Promise.all(
    EXPORTS.map(async (what) => {
      const out = await outputOf(['export', '--data', folder, '--format', 'ndjson', '--what', what]);
      return [what, withoutIds(out)] as const;
    }),
  );
  return { report, rows: Object.fromEntries(rows) as Lived['rows'] };
}

/** Where a record lies in a journal is part of its quarantine entry's id, and no two journals put it alike. */
const withoutIds = (ndjson: string) =>
  ndjson
    .split('\n')
    .map((line) => line.replace(/^\{"id":"[^"]*",/, '{'))
    .sort()
    .join('\n');
