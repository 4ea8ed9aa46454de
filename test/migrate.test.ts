import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { documentOf, outputOf, runProgram, temporaryFolder } from './program.ts';

interface Compared {
  readonly rows: number;
  readonly different: number;
  readonly checksumFrom: string;
  readonly checksumTo: string;
}
interface Report {
  readonly carried: Readonly<Record<string, { read: number; written: number }>>;
  readonly compared: Readonly<Record<string, Compared>>;
  readonly complete: boolean;
}

const EXPORTS = ['observations', 'slots', 'forecasts', 'quarantine'];
const exportsOf = (folder: string) =>
  Promise.all(EXPORTS.map((what) => outputOf(['export', '--data', folder, '--format', 'ndjson', '--what', what])));

/** Two simulated days with every fault. */
async function livedFolder(t: TestContext): Promise<string> {
  const folder = join(temporaryFolder(t, 'migrate'), 'from');
  await outputOf(['simulate', '--days', '2', '--seed', '4', '--faults', 'all', '--data', folder, '--json']);
  return folder;
}

const migrated = (from: string, to: string, code = 0) =>
  documentOf<Report>(['migrate', '--from', `sqlite:${from}`, '--to', `sqlite:${to}`, '--data', from], { code });

test('a store carried into an empty folder is the same store: every export, the audit, and the journal’s positions', async (t) => {
  const from = await livedFolder(t);
  const to = join(temporaryFolder(t, 'migrate'), 'to');
  const report = await migrated(from, to);
  assert.equal(report.complete, true);
  for (const kind of ['observations', 'slots', 'predictions', 'providerForecasts']) {
    const { rows = 0, different, checksumFrom, checksumTo } = report.compared[kind] ?? {};
    assert.ok(rows > 0, kind);
    assert.deepEqual([different, checksumFrom], [0, checksumTo], kind);
    assert.equal(report.carried[kind]?.read, rows, kind);
  }
  assert.deepEqual(await exportsOf(to), await exportsOf(from));
  const [alerts, alertsThere] = [
    await documentOf(['alerts', 'list', '--ended', '--data', from]),
    await documentOf(['alerts', 'list', '--ended', '--data', to]),
  ];
  assert.deepEqual(alertsThere, alerts);
});

test('a migration is repeated without harm, and finishes what another one left', async (t) => {
  const from = await livedFolder(t);
  const to = join(temporaryFolder(t, 'migrate'), 'to');
  await migrated(from, to);
  const again = await migrated(from, to);
  assert.deepEqual([again.complete, again.carried.observations?.written, again.carried.slots?.written], [true, 0, 0]);
  assert.deepEqual(await exportsOf(to), await exportsOf(from));
  await outputOf(['publish', '--data', from], { input: await oneMore(from) });
  await outputOf(['process', '--data', from]);
  const more = await migrated(from, to);
  assert.deepEqual([more.complete, more.carried.observations?.written], [true, 1]);
});

/** A reading of Dakar, a minute before the first one that the folder holds. */
async function oneMore(folder: string): Promise<string> {
  const out = await outputOf(['export', '--data', folder, '--format', 'ndjson', '--place', 'dakar']);
  const first = JSON.parse(out.split('\n')[0] ?? '') as { validAt: string };
  const seconds = Date.parse(first.validAt) / 1000 - 60;
  return `${JSON.stringify({ region_name: 'Dakar', lat: 14.7333, lon: -17.5, data_dt: seconds, data_temp: 25 })}\n`;
}

test('an address that is none, the same twice, and a folder without a store are said in a sentence', async (t) => {
  const folder = temporaryFolder(t, 'migrate');
  for (const [from, to, code, said] of [
    ['postgres://x/y', `sqlite:${folder}`, 'HMT_CLI_USAGE', '--from must be'],
    ['mongodb://user:secret@127.0.0.1/x', `sqlite:${folder}`, 'HMT_CLI_USAGE', 'must hold no login'],
    ['mongodb://127.0.0.1:1', `sqlite:${folder}`, 'HMT_CLI_USAGE', 'must name the database'],
    [`sqlite:${folder}`, `sqlite:${folder}`, 'HMT_CLI_USAGE', 'are the same'],
    [`sqlite:${folder}`, `sqlite:${folder}/to`, 'HMT_CLI_FILE', 'holds no store'],
  ] as const) {
    const { code: exit, err, out } = await runProgram(['migrate', '--from', from, '--to', to, '--data', folder]);
    assert.deepEqual([exit, out], [2, ''], err);
    assert.ok(err.startsWith(code) && err.includes(said) && !err.includes('secret'), err);
  }
});
