import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { MongoClient } from 'mongodb';
import { kafkaEnvironment, scratchName } from '../cluster/kafka-cluster.ts';
import { getJson, originalRecord, startRun, temporaryFolder, until } from '../program.ts';
import { ferretdbAvailable, startFerretdb } from '../servers/ferretdb.ts';
import { kafkaAvailable, startKafka } from '../servers/kafka.ts';
import { skipWithout } from '../servers/tools.ts';
import { python, pythonAvailable, sparkJars } from './python.ts';

const skip =
  skipWithout('Python with Spark', pythonAvailable()) ||
  skipWithout('Kafka', kafkaAvailable()) ||
  skipWithout('FerretDB', ferretdbAvailable());

const REGIONS = await import('../../regions/senegal.json', { with: { type: 'json' } }).then(
  (module) => module.default as readonly { name: string; latitude: number; longitude: number }[],
);
/** The original producer asks for now and for eleven minutes ago. */
const APART_S = 660;
const HOUR_S = 3600;

type Row = Readonly<Record<string, string | number | null>>;

test('the original’s producer, consumer and forecast client work with us: same rows, right order, also after a backfill', {
  skip,
  timeout: 900_000,
}, async (t) => {
  const [kafka, database] = await Promise.all([startKafka(), startFerretdb()]);
  t.after(() => Promise.all([kafka.stop(), database.stop()]));
  const client = new MongoClient(database.url);
  t.after(() => client.close());
  const name = scratchName();
  const folder = temporaryFolder(t, 'original-clients');
  const env = kafkaEnvironment(kafka.brokers, name);
  const run = await startRun(t, ['--data', join(folder, 'ours'), '--source', 'simulator'], { env });
  const kept = async () =>
    (await getJson<{ observations: { count: number } }>(`${run.url}/api/v1/status`)).observations.count;
  await until('our own round is stored', async () => (await kept()) === REGIONS.length);

  const produce = (atS: number) => python('producer.py', [kafka.brokers, name], `${JSON.stringify(messageOf(atS))}\n`);
  const consume = () =>
    python('consumer.py', [
      ...[kafka.brokers, name, `${run.url}/predict/`, database.url],
      ...[join(folder, 'checkpoint'), sparkJars()],
    ]);
  const nowS = Math.floor(Date.now() / 1000);
  await produce(nowS);
  await until('the producer’s 26 records are stored', async () => (await kept()) === 3 * REGIONS.length);
  await consume();
  await compare(client, run.url, 3);

  // A backfill: readings of six hours ago come last.
  await produce(nowS - 6 * HOUR_S);
  await until('the older ones are stored', async () => (await kept()) === 5 * REGIONS.length);
  await consume();
  await compare(client, run.url, 5);
  assert.equal((await run.stop()).code, 0);
});

/** The original producer's one message of a round: 26 flat records. */
const messageOf = (atS: number) =>
  REGIONS.flatMap(({ name, latitude, longitude }, index) => [
    originalRecord(name, latitude, longitude, atS, 25 + index / 10),
    originalRecord(name, latitude, longitude, atS - APART_S, 24 + index / 10),
  ]);

/** Its schema declares them as integers: what is more exact travels beside them. */
const ROUNDED = ['humidity', 'pressure', 'visibility', 'wind_deg'];
const rounded = (key: string, value: unknown) =>
  ROUNDED.includes(key) && typeof value === 'number' ? Math.round(value) : value;

/** What Spark has inserted and forecast is what our paths of the original's web back end answer. */
async function compare(client: MongoClient, url: string, rowsEach: number): Promise<void> {
  const database = client.db('openweathermap');
  const all = await database
    .collection('weather')
    .find({}, { projection: { _id: 0 } })
    .toArray();
  assert.equal(all.length, rowsEach * REGIONS.length);
  const predictions = await database.collection('predictions').find({}).toArray();
  for (const { name } of REGIONS) {
    const theirs = all.filter(({ region }) => region === name) as unknown as Row[];
    const ours = await getJson<readonly Row[]>(`${url}/weather/${encodeURIComponent(name)}`);
    const stamps = ours.map(({ timestamp }) => String(timestamp));
    assert.deepEqual(stamps, [...stamps].sort(), `${name}: newest last`);
    const sorted = theirs.sort((one, other) => (String(one.timestamp) < String(other.timestamp) ? -1 : 1));
    assert.deepEqual(
      ours.map((row, index) =>
        Object.fromEntries(Object.keys(sorted[index] ?? {}).map((key) => [key, rounded(key, row[key])])),
      ),
      sorted,
      name,
    );
    const hours = predictions.filter(({ region }) => region === name);
    assert.ok(hours.length >= 3, `${name} has its three hours`);
    for (const { timestamp, temperature } of hours) {
      assert.match(timestamp, /^\d{4}-\d\d-\d\d \d\d:00:00$/);
      assert.ok(temperature > 0 && temperature < 60, `${name}: ${temperature} °C`);
    }
  }
}
