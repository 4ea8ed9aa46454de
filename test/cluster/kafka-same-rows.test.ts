import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { simulatedProgram } from '../../src/app/simulated.ts';
import { silentLogger } from '../../src/core/log.ts';
import { kafkaOptions } from '../../src/journal/kafka/config.ts';
import { kafkaJournal } from '../../src/journal/kafka/journal.ts';
import { loadPlaces } from '../../src/weather/place.ts';
import { kafkaAvailable, sharedKafka } from '../servers/kafka.ts';
import { skipWithout } from '../servers/tools.ts';
import { scratchName } from './kafka-cluster.ts';
import { assertSameRows, HOME, lived } from './same-life.ts';
import { RestWatch } from './watched-journal.ts';

/** `HMT_DAYS=30 npm run test:cluster -- kafka-same-rows` lives through a month. */
const DAYS = Number(process.env.HMT_DAYS ?? 3);
const LIFE = { days: DAYS, seed: 1 };
/** The life is of 2024: the brokers, whose clock is today's, would drop its records as soon as they look. */
const KEPT_LONG = { retentionDays: 36_500 };

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
  const places = loadPlaces(join(HOME, 'regions', 'senegal.json'));
  const embedded = await lived(t, 'embedded', { ...LIFE, places });
  const rest = new RestWatch();
  const name = scratchName();
  // However slow the machine is, no session ends: a member that is away for a moment would work at another instant.
  const options = kafkaOptions.parse({ brokers: kafka?.brokers, topic: name, groupId: name, sessionSeconds: 300 });
  const start = simulatedProgram(places, HOME, {
    openJournal: async ({ clock, config }) =>
      rest.watch(await kafkaJournal({ ...config.journal, ...KEPT_LONG, kafka: options, clock, logger: silentLogger })),
  });
  const cluster = await lived(t, 'kafka', { ...LIFE, places, start, atRest: rest.atRest });
  // What the watch tells is left out: it looks at an instant in which work over Kafka may still be under way.
  assert.deepEqual({ ...cluster.report, alerts: [] }, { ...embedded.report, alerts: [] });
  assert.ok(embedded.report.corrections > 0 && embedded.report.restarts > 0);
  assertSameRows(cluster.rows, embedded.rows);
});
