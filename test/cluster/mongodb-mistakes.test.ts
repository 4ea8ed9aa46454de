import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { outputOf, runProgram, temporaryFolder } from '../program.ts';
import { type FerretdbServer, ferretdbAvailable, startFerretdb } from '../servers/ferretdb.ts';
import { freePorts } from '../servers/server.ts';
import { skipWithout } from '../servers/tools.ts';
import { mongodbEnvironment, scratchMongodb } from './mongodb-scratch.ts';

const skip = skipWithout('FerretDB', ferretdbAvailable());
let server: FerretdbServer | null = null;
if (!skip) {
  before(async () => {
    server = await startFerretdb();
  });
  after(() => server?.stop());
}

/** Runs a command with settings of MongoDB and expects it to end with one sentence and the cure, and nothing secret. */
async function refusal(
  t: TestContext,
  settings: Readonly<Record<string, string>>,
  { code = 3, command = ['status'] as readonly string[] } = {},
): Promise<string> {
  const env = {
    ...mongodbEnvironment(scratchMongodb(server ?? { url: 'mongodb://127.0.0.1:1/' })),
    HARMATTAN_LOG_LEVEL: 'silent',
    HARMATTAN_MONGODB_PATIENCE_SECONDS: '0',
    HARMATTAN_MONGODB_TIMEOUT_MS: '2000',
    ...settings,
  };
  const data = ['--data', temporaryFolder(t, 'mistake')];
  const { code: found, out, err } = await runProgram([...command, ...data], { env });
  assert.equal(found, code, `exit ${found}\n${out}${err}`);
  assert.equal(out, '');
  assert.match(err, /^HMT_[A-Z_]+: [^\n]+\.\n[^\n]+\.\n$/);
  assert.doesNotMatch(err, /undefined|null|Error:|\bat .*\.ts\b|node_modules/);
  const password = settings.HARMATTAN_MONGODB_PASSWORD;
  if (password) assert.ok(!err.includes(password), 'the password is shown');
  return err;
}

test('a database that is not there is named, with what the network said', { skip }, async (t) => {
  const [port] = await freePorts(1);
  const alone = await refusal(t, { HARMATTAN_MONGODB_URL: `mongodb://127.0.0.1:${port}/` });
  assert.match(alone, new RegExp(`^HMT_STORE_UNREACHABLE: .*127\\.0\\.0\\.1:${port}: nobody listens there`));
  const nowhere = await refusal(t, { HARMATTAN_MONGODB_URL: 'mongodb://no-such-host.invalid:27017/' });
  assert.match(nowhere, /^HMT_STORE_UNREACHABLE: .*no-such-host\.invalid:27017.*name/);
});

test('a login that the database does not take is said to be refused', { skip }, async (t) => {
  const login = { HARMATTAN_MONGODB_USERNAME: 'writer', HARMATTAN_MONGODB_PASSWORD: 'wrong-password-42' };
  assert.match(await refusal(t, login), /^HMT_STORE_LOGIN_REFUSED: .*\n.*mongodb\.username/);
});

test('a server that does not speak TLS is said to be one', { skip }, async (t) => {
  assert.match(await refusal(t, { HARMATTAN_MONGODB_TLS: 'true' }), /^HMT_STORE_(TLS|UNREACHABLE): /);
});

test('what is wrong in itself is found without asking a server', { skip }, async (t) => {
  const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ HARMATTAN_MONGODB_USERNAME: 'writer' }, /mongodb\.password/],
    [{ HARMATTAN_MONGODB_TLS_CA_FILE: '/nowhere/ca.pem' }, /mongodb\.tlsCaFile/],
    [{ HARMATTAN_STORE_BACKUP_FOLDER: 'backups' }, /store\.backupFolder/],
    [{ HARMATTAN_MONGODB_URL: 'http://127.0.0.1/' }, /mongodb:\/\//],
  ];
  for (const [settings, says] of wrong) {
    const found = await refusal(t, settings, { code: 2 });
    assert.match(found, /^HMT_CONFIG_INVALID: /);
    assert.match(found, says);
  }
  const leaking = await refusal(
    t,
    { HARMATTAN_MONGODB_URL: 'mongodb://writer:hunter2-secret@127.0.0.1/' },
    { code: 2 },
  );
  assert.doesNotMatch(leaking, /hunter2-secret/);
});

test('a backup is left to the tools of the database', { skip }, async (t) => {
  const found = await refusal(t, {}, { command: ['backup', `${temporaryFolder(t, 'backup')}/copy`] });
  assert.match(found, /^HMT_STORE_BACKUP_ELSEWHERE: .*\n.*mongodump/);
});

test('the same database opens with the right settings, for a second folder too', { skip }, async (t) => {
  assert.ok(server);
  const env = mongodbEnvironment(scratchMongodb(server));
  for (const folder of ['one', 'other'])
    assert.match(await outputOf(['status', '--json', '--data', temporaryFolder(t, folder)], { env }), /"live"/);
});
