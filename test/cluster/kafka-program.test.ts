import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  documentOf,
  exported,
  getJson,
  originalRecord,
  outputOf,
  runProgram,
  startRun,
  temporaryFolder,
  until,
} from '../program.ts';
import { kafkaAvailable, sharedKafka } from '../servers/kafka.ts';
import { skipWithout } from '../servers/tools.ts';
import { kafkaEnvironment, scratchName } from './kafka-cluster.ts';

const skip = skipWithout('Kafka', kafkaAvailable());
let kafka: Awaited<ReturnType<typeof sharedKafka>> | null = null;
if (!skip) {
  before(async () => {
    kafka = await sharedKafka();
  });
  after(() => kafka?.stop());
}

interface Status {
  readonly observations: { readonly count: number };
  readonly quarantine: { readonly total: number };
  readonly stages: readonly {
    readonly name: string;
    readonly lagMessages: number | null;
    readonly lagSeconds: number | null;
  }[];
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** The original producer's message: two readings of each of its places, without a key. */
const ORIGINAL = JSON.stringify(
  [
    ['Dakar', 14.7333, -17.5],
    ['Thies', 14.7948093, -16.9529272],
    ['Matam', 15.65, -13.25],
  ].flatMap(([name, latitude, longitude]) =>
    [1_700_000_000, 1_700_000_660].map((at) =>
      originalRecord(String(name), Number(latitude), Number(longitude), at, 24.5),
    ),
  ),
);

test('the whole program runs over Kafka: polled, published and bad records, with status, messages, groups and audit', {
  skip,
}, async (t) => {
  assert.ok(kafka);
  const name = scratchName();
  const env = kafkaEnvironment(kafka.brokers, name);
  const data = ['--data', temporaryFolder(t, 'kafka-program')];
  const run = await startRun(t, [...data, '--source', 'simulator'], { env });
  const status = () => getJson<Status>(`${run.url}/api/v1/status`);
  await until('the first round is stored', async () => (await status()).observations.count === 13);

  const acked = await outputOf(['publish', ...data], { env, input: `${ORIGINAL}\nno record at all\n` });
  assert.equal(acked.trim().split('\n').at(-1), 'acked 2');
  await until('the published readings are stored', async () => {
    const { observations, quarantine } = await status();
    return observations.count === 19 && quarantine.total === 1;
  });
  await until('the lag is none', async () => {
    const { stages } = await status();
    const { lagMessages, lagSeconds } = stages.find((stage) => stage.name === 'process') ?? {};
    return lagMessages === 0 && lagSeconds === 0;
  });

  const quarantine = await getJson<Page<{ topic: string; partition: number; offset: number }>>(
    `${run.url}/api/v1/quarantine`,
  );
  const messages = await allMessages(run.url);
  assert.equal(messages.length, 15);
  const bad = messages.find(({ value }) => value === 'no record at all');
  const [poison] = quarantine.items;
  assert.deepEqual([poison?.topic, poison?.partition, poison?.offset], ['observations', bad?.partition, bad?.offset]);
  const dakar = await allMessages(run.url, 'place=dakar&');
  assert.deepEqual(
    dakar.map(({ key }) => key),
    ['dakar'],
  );

  const groups = await documentOf<Pick<Page<{ group: string; topic: string }>, 'items'>>(
    ['consumers', 'list', ...data],
    { env },
  );
  assert.deepEqual(groups.items.map(({ group, topic }) => `${group} ${topic}`).sort(), [
    'process forecasts',
    'process observations',
    'process polls',
  ]);
  const refused = await runProgram(['consumers', 'remove', 'process', ...data], { env });
  assert.equal(refused.code, 3);
  assert.match(refused.err, /^HMT_JOURNAL_GROUP_ACTIVE: [^\n]+\n[^\n]+\n$/);

  assert.equal((await run.stop()).code, 0);
  const audit = await documentOf<Readonly<Record<'lost' | 'doubled', { count: number }>>>(['verify', ...data], {
    env,
  });
  assert.deepEqual([audit.lost.count, audit.doubled.count], [0, 0]);
  const { observations } = await documentOf<Status>(['status', ...data], { env });
  assert.equal(observations.count, 19);
});

test('a folder that journals on Kafka is processed by a command, and a second time there is nothing to do', {
  skip,
}, async (t) => {
  assert.ok(kafka);
  const env = kafkaEnvironment(kafka.brokers, scratchName());
  const folder = temporaryFolder(t, 'kafka-process');
  await outputOf(['publish', '--data', folder], { env, input: `${ORIGINAL}\n` });
  await outputOf(['process', '--data', folder], { env });
  const first = await exported(folder);
  assert.equal(first.length, 6);
  await outputOf(['process', '--data', folder], { env });
  assert.deepEqual(await exported(folder), first);
});

async function allMessages(url: string, query = '') {
  const found: { key: string | null; value: string; partition: number; offset: number }[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page<(typeof found)[number]> = await getJson(
      `${url}/api/v1/messages?${query}limit=4${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}
