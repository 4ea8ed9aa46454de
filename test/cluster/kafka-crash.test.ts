import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { Publisher, recount } from '../crash-lines.ts';
import { documentOf, letRun, outputOf, startProgram, stopProgram, temporaryFolder, until } from '../program.ts';
import { type KafkaServer, kafkaAvailable, MISSED_SOON, startKafka } from '../servers/kafka.ts';
import { skipWithout } from '../servers/tools.ts';
import { kafkaEnvironment, scratchName } from './kafka-cluster.ts';

/** `npm run test:cluster -- --rounds 30 kafka-crash` kills more often. */
const ROUNDS = Number(process.env.HMT_ROUNDS ?? 4);
const SEED = Number(process.env.HMT_SEED ?? 20_260_722);
const SESSION_S = 6;
/** A dead member's partitions come to the next one within its session, a rebalance and the broker's own start. */
const PATIENCE_MS = 180_000;
const LONGEST_WAIT_MS = 300;

/** What is done to the worker and to the broker, in turn; one round in six each, and every round ends a worker. */
const TROUBLES = ['kill', 'broker killed', 'kill', 'stopped past its session', 'broker restarted', 'kill'] as const;

const skip = skipWithout('Kafka', kafkaAvailable());

test(`over Kafka, what was acknowledged is stored or quarantined exactly once after ${ROUNDS} rounds of kills`, {
  skip,
  timeout: 120_000 + ROUNDS * 2 * PATIENCE_MS,
}, async (t) => {
  const kafka = await startKafka({ properties: MISSED_SOON });
  t.after(() => kafka.stop());
  const env = {
    ...kafkaEnvironment(kafka.brokers, scratchName()),
    HARMATTAN_KAFKA_SESSION_SECONDS: String(SESSION_S),
    HARMATTAN_KAFKA_PATIENCE_SECONDS: '60',
  };
  const folder = temporaryFolder(t, 'kafka-crash');
  const random = seededRandom(SEED);
  const acked: boolean[] = [];
  await outputOf(['publish', '--data', folder], { env });
  const startWorker = () => startProgram(['run', '--data', folder, '--source', 'none', '--only', 'process'], { env });
  let publisher = new Publisher(folder, 1, random, env);
  let worker = startWorker();
  t.after(async () => {
    await stopProgram(publisher.child, 'SIGKILL');
    await stopProgram(worker, 'SIGKILL');
  });
  /** Waits until both are seen at work from here on; gives how long that took. */
  const bothWork = async (round: number): Promise<number> => {
    const startedAt = performance.now();
    const from = { processed: processedIn(folder), acked: publisher.acked };
    await until(
      `round ${round}: both work`,
      () => {
        assert.equal(worker.exitCode, null, `round ${round}: the worker ended by itself`);
        return publisher.acked > from.acked && processedIn(folder) > from.processed;
      },
      PATIENCE_MS,
    );
    return performance.now() - startedAt;
  };

  const takenMs: number[] = [];
  await bothWork(0);
  for (let round = 0; round < ROUNDS; round++) {
    await letRun(random() * LONGEST_WAIT_MS);
    const trouble = TROUBLES[round % TROUBLES.length] ?? 'kill';
    await makeTrouble(trouble, kafka, worker.pid ?? 0);
    if (trouble === 'kill') {
      worker.kill('SIGKILL');
      await stopProgram(worker, 'SIGKILL');
      worker = startWorker();
    }
    takenMs.push(await bothWork(round));
    if (random() < 0.5) continue;
    const { first } = publisher;
    await publisher.kill();
    for (let i = 0; i < publisher.acked; i++) acked[first + i] = true;
    publisher = new Publisher(folder, first + publisher.sent, random, env);
  }
  await publisher.kill();
  for (let i = 0; i < publisher.acked; i++) acked[publisher.first + i] = true;
  const sent = publisher.first + publisher.sent - 1;
  await stopProgram(worker, 'SIGKILL');
  const seconds = takenMs.map((ms) => (ms / 1000).toFixed(1));
  t.diagnostic(
    `${sent} lines, ${acked.filter(Boolean).length} acknowledged; at work again after s: ${seconds.join(' ')}`,
  );

  await outputOf(['process', '--data', folder], { env });
  const audit = await documentOf<{ ok: boolean; unread: number; rows: number }>(['verify', '--data', folder], { env });
  assert.ok(audit.ok && audit.unread === 0);
  assert.equal(await recount(folder, acked, sent), audit.rows);
});

async function makeTrouble(trouble: (typeof TROUBLES)[number], kafka: KafkaServer, worker: number): Promise<void> {
  if (trouble === 'broker killed') await kafka.restart('SIGKILL');
  if (trouble === 'broker restarted') await kafka.restart('SIGTERM');
  if (trouble !== 'stopped past its session') return;
  process.kill(worker, 'SIGSTOP');
  await letRun((SESSION_S + 2) * 1000);
  process.kill(worker, 'SIGCONT');
}

/** How many offsets of readings the store has committed, over all partitions. */
function processedIn(folder: string): number {
  const db = new DatabaseSync(join(folder, 'store.db'), { readOnly: true, timeout: 10_000 });
  try {
    const sum = `SELECT coalesce(sum("offset"), 0) AS next FROM group_positions WHERE topic = 'observations'`;
    return Number(db.prepare(sum).get()?.next);
  } finally {
    db.close();
  }
}
