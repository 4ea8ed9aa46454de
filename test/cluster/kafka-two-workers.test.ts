import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../src/core/random.ts';
import { toRfc3339 } from '../../src/core/time.ts';
import type { Journal, JournalMessage } from '../../src/journal/journal.ts';
import { loadPlaces } from '../../src/weather/place.ts';
import { documentOf, exported, letRun, originalRecord, outputOf, temporaryFolder } from '../program.ts';
import { type KafkaServer, kafkaAvailable, MISSED_SOON, startKafka } from '../servers/kafka.ts';
import { skipWithout } from '../servers/tools.ts';
import { kafkaEnvironment, openScratchJournal, scratchName } from './kafka-cluster.ts';
import { Worker } from './two-workers.ts';

/** `npm run test:cluster -- --rounds 30 kafka-two-workers` makes more trouble, `HMT_SEED` other trouble. */
const ROUNDS = Number(process.env.HMT_ROUNDS ?? 3);
const SEED = Number(process.env.HMT_SEED ?? 20_260_722);
const PARTITIONS = 8;
const SESSION_S = 10;
const FIRST_AT_S = 1_700_000_000;
const PAUSE_MS = 20;
const LONGEST_WAIT_MS = 500;

/** In turn: thirty rounds kill fifteen workers, stop five, and kill and restart the broker five times each. */
const TROUBLES = ['kill', 'stop past the session', 'broker killed', 'kill', 'broker restarted', 'kill'] as const;

const places = loadPlaces(new URL('../../regions/senegal.json', import.meta.url).pathname);
const skip = skipWithout('Kafka', kafkaAvailable());

test(`two workers share thirteen places through ${ROUNDS} rounds of trouble: nothing lost, nothing doubled`, {
  skip,
  timeout: 300_000 + ROUNDS * 240_000,
}, async (t) => {
  const kafka = await startKafka({ properties: MISSED_SOON });
  t.after(() => kafka.stop());
  const name = scratchName();
  const folder = temporaryFolder(t, 'two-workers');
  const work = { brokers: kafka.brokers, topic: name, folder, partitions: PARTITIONS, sessionS: SESSION_S };
  const journal = await openScratchJournal(t, kafka.brokers, name, PARTITIONS);
  const producer = new Producer(t, journal);
  let workers: [Worker, Worker] = [new Worker(t, work), new Worker(t, work)];
  const share = () =>
    Promise.all(workers.map((worker) => worker.has('both have partitions', (own, of) => own > 0 && own < of)));
  await share();

  const random = seededRandom(SEED);
  const takenOverMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await letRun(random() * LONGEST_WAIT_MS);
    if (random() < 0.5) workers = [workers[1], workers[0]];
    const [victim, survivor] = workers;
    const trouble = TROUBLES[round % TROUBLES.length] ?? 'kill';
    const allCome = () => survivor.has(`round ${round}, ${trouble}: the survivor has all`, (own, of) => own === of);
    if (trouble === 'kill') {
      await victim.end('SIGKILL');
      takenOverMs.push(await allCome());
      workers[0] = new Worker(t, work);
    } else if (trouble === 'stop past the session') {
      victim.signal('SIGSTOP');
      takenOverMs.push(await allCome());
      victim.signal('SIGCONT');
    } else await restart(kafka, trouble);
    await share();
  }

  const sent = await producer.stop();
  for (const worker of workers) await worker.end('SIGKILL');
  const env = kafkaEnvironment(kafka.brokers, name);
  await outputOf(['process', '--data', folder], { env });
  const seconds = takenOverMs.map((ms) => (ms / 1000).toFixed(1)).join(' ');
  t.diagnostic(`${sent} messages; the survivor had every partition after s: ${seconds} (promised: 15)`);

  const audit = await documentOf<{ ok: boolean; unread: number }>(['verify', '--data', folder], { env });
  assert.deepEqual([audit.ok, audit.unread], [true, 0]);
  const rows = await exported<{ placeId: string; validAt: string; temperatureC: number; corrections: number }>(folder);
  assert.ok(rows.every(({ corrections }) => corrections === 0));
  const found = rows.map(({ placeId, validAt, temperatureC }) => `${placeId} ${validAt} ${temperatureC}`);
  assert.deepEqual(found.sort(), expectedRows(sent));
});

const restart = (kafka: KafkaServer, trouble: 'broker killed' | 'broker restarted') =>
  kafka.restart(trouble === 'broker killed' ? 'SIGKILL' : 'SIGTERM');

const temperatureOf = (n: number) => 20 + (n % 150) / 10;
/** Message n holds the reading of one place under its key, or without a key those of all, as the original's does. */
const placesOf = (n: number) => (n % 10 === 0 ? places : places.slice(n % places.length, (n % places.length) + 1));

function messageOf(n: number): JournalMessage {
  const records = placesOf(n).map(({ name, latitude, longitude }) =>
    originalRecord(name, latitude, longitude, FIRST_AT_S + n * 60, temperatureOf(n)),
  );
  const key = records.length === 1 ? (placesOf(n)[0]?.id ?? null) : null;
  return { key, headers: {}, value: Buffer.from(JSON.stringify(records)) };
}

function expectedRows(sent: number): readonly string[] {
  const rows: string[] = [];
  for (let n = 0; n < sent; n++)
    for (const { id } of placesOf(n)) rows.push(`${id} ${toRfc3339((FIRST_AT_S + n * 60) * 1000)} ${temperatureOf(n)}`);
  return rows.sort();
}

/** Appends one message after the other; one that the brokers did not acknowledge is appended again. */
class Producer {
  #stopped = false;
  #testOver = false;
  readonly #done: Promise<number>;

  constructor(t: TestContext, journal: Journal) {
    t.after(() => {
      this.#testOver = true;
    });
    this.#done = this.#produce(journal);
  }

  stop(): Promise<number> {
    this.#stopped = true;
    return this.#done;
  }

  async #produce(journal: Journal): Promise<number> {
    for (let n = 0; ; n++) {
      if (this.#stopped || this.#testOver) return n;
      const acknowledged = () =>
        journal.append('observations', [messageOf(n)]).then(
          () => true,
          () => false,
        );
      // One without an answer may be there or not: the count is true only with its last one acknowledged.
      while (!(await acknowledged())) if (this.#testOver) return n;
      await delay(PAUSE_MS);
    }
  }
}
