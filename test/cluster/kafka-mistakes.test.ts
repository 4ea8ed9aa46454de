import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { outputOf, runProgram, temporaryFolder } from '../program.ts';
import { type KafkaServer, kafkaAvailable, startKafka } from '../servers/kafka.ts';
import { freePorts } from '../servers/server.ts';
import { skipWithout } from '../servers/tools.ts';
import { kafkaEnvironment, scratchName } from './kafka-cluster.ts';

/** A broker with three doors: an open one for the operator, one with a login, one with TLS. */
interface GuardedKafka {
  readonly kafka: KafkaServer;
  readonly login: string;
  readonly tls: string;
  /** The authority that signed the broker's certificate, and one that did not, PEM. */
  readonly caFile: string;
  readonly foreignCaFile: string;
}

const PASSWORD = 'correct-horse-battery';

const skip = skipWithout('Kafka', kafkaAvailable());
let guarded: GuardedKafka | null = null;
if (!skip) {
  const keys = mkdtempSync(join(tmpdir(), 'harmattan-keys-'));
  before(async () => {
    guarded = await startGuardedKafka(keys);
  });
  after(async () => {
    await guarded?.kafka.stop();
    rmSync(keys, { recursive: true });
  });
}

/** Runs `status` with settings of kafka and expects it to end with one sentence and the cure, and nothing secret. */
async function refusal(t: TestContext, settings: Readonly<Record<string, string>>, code = 3): Promise<string> {
  const { brokers } = guarded?.kafka ?? { brokers: '' };
  const named = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`HARMATTAN_KAFKA_${key}`, value]));
  const env = {
    ...kafkaEnvironment(brokers, scratchName()),
    HARMATTAN_LOG_LEVEL: 'silent',
    HARMATTAN_KAFKA_PATIENCE_SECONDS: '0',
    ...named,
  };
  const data = ['--data', temporaryFolder(t, 'mistake')];
  const { code: found, out, err } = await runProgram(['status', ...data], { env });
  assert.equal(found, code, `exit ${found}\n${out}${err}`);
  assert.equal(out, '');
  assert.match(err, /^HMT_[A-Z_]+: [^\n]+\.\n[^\n]+\.\n$/);
  assert.doesNotMatch(err, /undefined|null|Error:|\bat .*\.ts\b|node_modules/);
  if (settings.SASL_PASSWORD) assert.ok(!err.includes(settings.SASL_PASSWORD), 'the password is shown');
  return err;
}

const login = (username: string, password = PASSWORD) => ({
  BROKERS: guarded?.login ?? '',
  SASL_MECHANISM: 'plain',
  SASL_USERNAME: username,
  SASL_PASSWORD: password,
});

test('a broker that is not there is named, with what the network said', { skip }, async (t) => {
  const [port] = await freePorts(1);
  const alone = await refusal(t, { BROKERS: `127.0.0.1:${port}` });
  assert.match(alone, new RegExp(`^HMT_JOURNAL_UNREACHABLE: .*127\\.0\\.0\\.1:${port}.*nobody listens there`));
  assert.match(await refusal(t, { BROKERS: 'no-such-host.invalid:9092' }), /no-such-host\.invalid:9092.*name/);
});

test('a wrong login is said to be one; half a login is found without asking a server', { skip }, async (t) => {
  assert.match(await refusal(t, login('writer', 'wrong-password-42')), /^HMT_JOURNAL_LOGIN_REFUSED: /);
  assert.match(
    await refusal(t, { ...login('writer'), SASL_MECHANISM: 'scram-sha-256' }),
    /^HMT_JOURNAL_LOGIN_REFUSED: /,
  );
  const half = await refusal(t, { SASL_MECHANISM: 'plain', SASL_USERNAME: 'writer' }, 2);
  assert.match(half, /^HMT_CONFIG_INVALID: .*kafka\.saslPassword/);
});

test('a user who may only read is told which right is missing, and one with the rights works', { skip }, async (t) => {
  assert.ok(guarded);
  const { kafka } = guarded;
  const name = scratchName();
  const absent = await refusal(t, { ...login('reader'), TOPIC: name, GROUP_ID: name });
  assert.match(absent, /^HMT_JOURNAL_FORBIDDEN: .*\n.*kafka\.saslUsername/);

  // The operator makes the topics; the reader may look and not write, the writer may do both.
  await outputOf(['status', '--data', temporaryFolder(t, 'operator')], { env: kafkaEnvironment(kafka.brokers, name) });
  const allow = (user: string, operation: string, what: readonly string[]) =>
    kafka.tool('org.apache.kafka.tools.AclCommand', [
      ...['--bootstrap-server', kafka.brokers, '--add', '--allow-principal', `User:${user}`],
      ...['--operation', operation, ...what, '--resource-pattern-type', 'prefixed'],
    ]);
  await allow('reader', 'Read', ['--topic', name]);
  await allow('writer', 'All', ['--topic', name, '--group', name]);
  const environmentOf = (user: string) => ({
    ...kafkaEnvironment(guarded?.login ?? '', name),
    HARMATTAN_KAFKA_SASL_MECHANISM: 'plain',
    HARMATTAN_KAFKA_SASL_USERNAME: user,
    HARMATTAN_KAFKA_SASL_PASSWORD: PASSWORD,
  });
  const publish = (user: string) =>
    runProgram(['publish', '--data', temporaryFolder(t, user)], { env: environmentOf(user), input: 'a line\n' });
  const refused = await publish('reader');
  assert.deepEqual([refused.code, refused.out], [3, '']);
  assert.match(refused.err, /^HMT_JOURNAL_FORBIDDEN: [^\n]+\n[^\n]+\n$/);
  assert.deepEqual(await publish('writer'), { code: 0, out: 'acked 1\n', err: '' });
  await outputOf(['process', '--data', temporaryFolder(t, 'writer')], { env: environmentOf('writer') });
});

test('an absent topic, a wrong number of partitions and an impossible topic are each explained', {
  skip,
}, async (t) => {
  assert.ok(guarded);
  const name = scratchName();
  const absent = await refusal(t, { TOPIC: name, CREATE_TOPICS: 'false' });
  assert.match(absent, new RegExp(`^HMT_JOURNAL_TOPIC_ABSENT: .*${name}, ${name}\\.forecasts, ${name}\\.polls`));
  assert.match(await refusal(t, { REPLICATION_FACTOR: '3' }), /^HMT_JOURNAL_TOPIC_REFUSED: .*replication/i);

  const env = kafkaEnvironment(guarded.kafka.brokers, name);
  const data = ['--data', temporaryFolder(t, 'partitions')];
  await outputOf(['status', ...data], { env: { ...env, HARMATTAN_KAFKA_PARTITIONS: '3' } });
  const wrong = await refusal(t, { TOPIC: name, PARTITIONS: '5' });
  assert.match(wrong, new RegExp(`^HMT_JOURNAL_PARTITIONS: .*${name} has 3, kafka\\.partitions says 5`));
  // Without a number the topic is used as it is.
  await outputOf(['status', ...data], { env: { ...env, HARMATTAN_JOURNAL_PARTITIONS: '5' } });
});

test('TLS works with the right authority, and its mistakes are told apart', { skip }, async (t) => {
  assert.ok(guarded);
  const { tls, caFile, foreignCaFile, kafka } = guarded;
  const env = {
    ...kafkaEnvironment(tls, scratchName()),
    HARMATTAN_KAFKA_TLS: 'true',
    HARMATTAN_KAFKA_TLS_CA_FILE: caFile,
  };
  const data = ['--data', temporaryFolder(t, 'tls')];
  assert.equal(await outputOf(['publish', ...data], { env, input: 'a line\n' }), 'acked 1\n');
  assert.match(await refusal(t, { BROKERS: tls, TLS: 'true' }), /^HMT_JOURNAL_TLS: .*\n.*kafka\.tlsCaFile/);
  assert.match(await refusal(t, { BROKERS: tls, TLS: 'true', TLS_CA_FILE: foreignCaFile }), /^HMT_JOURNAL_TLS: /);
  assert.match(await refusal(t, { BROKERS: kafka.brokers, TLS: 'true', TLS_CA_FILE: caFile }), /TLS/);
  assert.match(await refusal(t, { BROKERS: tls }), /TLS/);
  assert.match(await refusal(t, { TLS: 'true', TLS_CA_FILE: '/no/such/ca.pem' }, 2), /kafka\.tlsCaFile/);
});

async function startGuardedKafka(keys: string): Promise<GuardedKafka> {
  const caFile = keyPair(keys, 'broker');
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const users = ['reader', 'writer'].map((user) => `user_${user}="${PASSWORD}"`).join(' ');
  const kafka = await startKafka({
    doors: { LOGIN: 'SASL_PLAINTEXT', TLS: 'SSL' },
    properties: {
      'listener.name.login.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.login.plain.sasl.jaas.config': `${module} ${users};`,
      'listener.name.tls.ssl.keystore.location': join(keys, 'broker.p12'),
      'listener.name.tls.ssl.keystore.type': 'PKCS12',
      'listener.name.tls.ssl.keystore.password': PASSWORD,
      'listener.name.tls.ssl.key.password': PASSWORD,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    },
  });
  const { LOGIN: login = '', TLS: tls = '' } = kafka.doors;
  return { kafka, login, tls, caFile, foreignCaFile: keyPair(keys, 'foreign') };
}

/** A key in `<name>.p12` and its self-signed certificate, whose file is returned. */
function keyPair(folder: string, name: string): string {
  const store = ['-keystore', join(folder, `${name}.p12`), '-storetype', 'PKCS12', '-storepass', PASSWORD];
  const certificate = join(folder, `${name}.pem`);
  keytool(
    ...['-genkeypair', '-alias', name, '-keyalg', 'EC', '-validity', '2', ...store],
    ...['-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost'],
  );
  keytool('-exportcert', '-rfc', '-alias', name, '-file', certificate, ...store);
  return certificate;
}

function keytool(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('keytool', args, { encoding: 'utf8' });
  assert.equal(status, 0, `keytool: ${stdout}${stderr}`);
}
