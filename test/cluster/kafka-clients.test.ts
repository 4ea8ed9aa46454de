import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Journal, JournalRecord } from '../../src/journal/journal.ts';
import { getJson, originalRecord, outputOf, startRun, temporaryFolder, until } from '../program.ts';
import { kafkaAvailable, sharedKafka } from '../servers/kafka.ts';
import { skipWithout } from '../servers/tools.ts';
import { kafkaEnvironment, openScratchJournal, scratchName } from './kafka-cluster.ts';

const PARTITIONS = 12;
/** Every length modulo four, letters beyond ASCII, and the places' own ids. */
const KEYS = [
  ...['dakar', 'thies', 'saint-louis', 'cap-skirring', 'ziguinchor', 'matam', 'podor', 'kolda', 'linguere'],
  ...['a', 'ab', 'abc', 'abcd', 'abcde', 'Thiès', 'Saint-Louis du Sénégal', 'ⵜⴰⵎⴰⵛⴻⵇ', '長い鍵', '🌍', 'ß'],
  ...Array.from({ length: 180 }, (_, n) => `place-${n * 7919}`),
];

const skip = skipWithout('Kafka', kafkaAvailable());
let kafka: Awaited<ReturnType<typeof sharedKafka>> | null = null;
if (!skip) {
  before(async () => {
    kafka = await sharedKafka();
  });
  after(() => kafka?.stop());
}

test("Kafka's own console producer puts each key where ours puts it, and what it sends is read byte for byte", {
  skip,
}, async (t) => {
  assert.ok(kafka);
  const name = scratchName();
  const journal = await openScratchJournal(t, kafka.brokers, name, PARTITIONS);
  await journal.append(
    'observations',
    KEYS.map((key) => ({ key, headers: {}, value: Buffer.from(`ours ${key}`) })),
  );
  await kafka.tool(
    'org.apache.kafka.tools.ConsoleProducer',
    [
      ...['--bootstrap-server', kafka.brokers, '--topic', name],
      ...['--property', 'parse.key=true', '--property', 'key.separator=|'],
    ],
    KEYS.map((key) => `${key}|theirs ${key}\n`).join(''),
  );
  const records = await allRecords(journal);
  assert.equal(records.length, 2 * KEYS.length);
  const partitionsOf = (who: string) =>
    new Map(
      records
        .filter(({ value }) => Buffer.from(value).toString().startsWith(`${who} `))
        .map(({ key, value, partition }) => {
          assert.equal(Buffer.from(value).toString(), `${who} ${key}`);
          return [key, partition];
        }),
    );
  const [ours, theirs] = [partitionsOf('ours'), partitionsOf('theirs')];
  assert.equal(ours.size, KEYS.length);
  assert.deepEqual(theirs, ours);
  assert.equal(new Set(ours.values()).size, PARTITIONS, 'some partition has no key: the comparison says less');
});

test("Kafka's own console consumer reads what we publish, with key and CloudEvents headers; its tools see our group", {
  skip,
}, async (t) => {
  assert.ok(kafka);
  const name = scratchName();
  const env = kafkaEnvironment(kafka.brokers, name);
  const folder = temporaryFolder(t, 'kafka-clients');
  const run = await startRun(t, ['--data', folder, '--source', 'simulator'], { env });
  const status = () =>
    getJson<{ observations: { count: number }; quarantine: { total: number } }>(`${run.url}/api/v1/status`);
  await until('the first round is stored', async () => (await status()).observations.count === 13);
  const printed = await kafka.tool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', kafka.brokers, '--topic', name, '--from-beginning', '--max-messages', '13'],
    ...['--property', 'print.key=true', '--property', 'print.headers=true', '--property', 'key.separator=\t'],
    ...['--property', 'headers.separator=,'],
  ]);
  const lines = printed.trim().split('\n');
  assert.equal(lines.length, 13);
  for (const line of lines) {
    const [headers = '', key = '', value = ''] = line.split('\t');
    const attributes = new Map(headers.split(',').map((one) => [one.split(':')[0], one.slice(one.indexOf(':') + 1)]));
    const records = JSON.parse(value) as readonly { region_name: string; hmt_placeId: string }[];
    assert.deepEqual([records.length, records[0]?.hmt_placeId], [1, key]);
    assert.equal(attributes.get('ce_specversion'), '1.0');
    assert.equal(attributes.get('ce_type'), 'com.harmattan.observation');
    assert.equal(attributes.get('ce_source'), `/providers/simulator/places/${key}`);
    assert.match(attributes.get('ce_id') ?? '', new RegExp(`^${key}/\\d+/simulator/[0-9a-f]{16}$`));
    assert.match(attributes.get('ce_time') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(attributes.get('content-type'), 'application/json');
  }

  const record = originalRecord('Dakar', 14.7333, -17.5, 1_700_000_000, 24.5);
  await kafka.tool(
    'org.apache.kafka.tools.ConsoleProducer',
    ['--bootstrap-server', kafka.brokers, '--topic', name],
    `${JSON.stringify([record])}\n${JSON.stringify(record)}\nnot a record\n`,
  );
  await until('what the console producer sent is stored, its bad line in quarantine', async () => {
    const { observations, quarantine } = await status();
    return observations.count === 14 && quarantine.total === 1;
  });

  const seen = await until('all is acknowledged', async () => {
    const described = await describedGroup(`${name}.process`);
    const observations = described.filter(({ topic }) => topic === name);
    const done = observations.every(({ lag }) => lag === 0) && sum(observations.map(({ end }) => end)) === 16;
    return done ? described : null;
  });
  assert.deepEqual(new Set(seen.map(({ topic }) => topic)), new Set([name, `${name}.forecasts`, `${name}.polls`]));
  assert.ok(seen.every(({ client }) => client === 'harmattan'));
  assert.equal((await run.stop()).code, 0);
  assert.equal(
    (await outputOf(['verify', '--data', folder], { env })).split('\n').at(-2),
    'Everything is accounted for.',
  );
});

const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);

/** The partitions of a group as Kafka's own tool shows them. */
async function describedGroup(group: string) {
  assert.ok(kafka);
  const table = await kafka.tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
    ...['--bootstrap-server', kafka.brokers, '--describe', '--group', group],
  ]);
  const [head = '', ...rows] = table.split('\n').filter((line) => line.trim() !== '');
  const columns = head.trim().split(/\s+/);
  return rows.map((row) => {
    const cells = row.trim().split(/\s+/);
    const cell = (column: string) => cells[columns.indexOf(column)] ?? '';
    return {
      topic: cell('TOPIC'),
      end: Number(cell('LOG-END-OFFSET')),
      lag: Number(cell('LAG')),
      client: cell('CLIENT-ID'),
    };
  });
}

async function allRecords(journal: Journal): Promise<readonly JournalRecord[]> {
  const records: JournalRecord[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Awaited<ReturnType<Journal['browse']>> = await journal.browse({
      topic: 'observations',
      limit: 100,
      ...(cursor === undefined ? {} : { cursor }),
    });
    records.push(...page.items);
    cursor = page.nextCursor;
  }
  return records;
}
