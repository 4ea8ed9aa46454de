import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../src/core/time.ts';
import { pollOptions } from '../src/poll/config.ts';
import { alwaysFaults, type FaultName, noFaults } from '../src/poll/simulator/faults.ts';
import { serveProviders } from '../src/poll/simulator/providers/serve-providers.ts';
import { simulatedProviders } from '../src/poll/simulator/providers/simulated-providers.ts';
import { loadPlaces } from '../src/weather/place.ts';
import {
  BINARY,
  documentOf,
  exported,
  getJson,
  originalRecord,
  outputOf,
  runProgram,
  startRun,
  temporaryFolder,
  textOf,
  until,
} from './program.ts';

const PLACES = loadPlaces('regions/senegal.json');
/** Holds characters that look different in a URL and in base64. */
const KEY = 'e2e+5ecret/0123456789abcdef=?&x';
/** Calls to a provider that may be under way at the same time, by default. */
const CALLS_AT_ONCE = pollOptions.shape.concurrentCalls.parse(undefined);

const line = (region: string, latitude: number, longitude: number, at: number, temperatureC: number) =>
  `${JSON.stringify([originalRecord(region, latitude, longitude, Math.floor(at / 1000), temperatureC)])}\n`;

test('run prints its address, answers at once and ends in good order', async (t) => {
  const folder = temporaryFolder(t, 'run');
  const run = await startRun(t, ['--data', folder, '--source', 'none']);
  assert.deepEqual(await getJson(`${run.url}/healthz`), { status: 'ok' });
  assert.deepEqual(await getJson(`${run.url}/readyz`), { ready: true, reasons: [] });
  // A listener that stays must not hold the end up.
  const live = await fetch(`${run.url}/api/v1/live`);
  const { code, tookMs } = await run.stop();
  await live.body?.cancel().catch(() => {});
  assert.equal(code, 0, run.text().err);
  assert.ok(tookMs < 10_000, `it took ${Math.round(tookMs)} ms to end`);
  assert.equal(run.text().out, `harmattan answers at ${run.url}\n`);
});

test('what npm started ends in good order with the shell that npm started it in', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t, 'shell');
  // The second command keeps the shell from becoming the program itself, as some shells do and others do not.
  const command = `"${process.execPath}" "${BINARY}" run --port 0 --data "${folder}" --source none; true`;
  const shell = spawn('sh', ['-c', command], { env: { ...process.env, npm_lifecycle_event: 'start' } });
  const text = textOf(shell);
  const url = await until('the address is printed', () => /answers at (http:\/\/[^\s]+)\n/.exec(text().out)?.[1]);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  shell.kill('SIGTERM');
  // Its output closes when the last process that holds it is gone.
  await once(shell, 'close');
  await assert.rejects(fetch(`${url}/healthz`));
  const again = await startRun(t, ['--data', folder, '--source', 'none']);
  assert.equal((await again.stop()).code, 0);
});

test('a second run on the folder is refused and names the first; every other command works beside it', async (t) => {
  const folder = temporaryFolder(t, 'beside');
  const files = temporaryFolder(t, 'beside-files');
  const run = await startRun(t, ['--data', folder, '--source', 'none']);
  const second = await runProgram(['run', '--data', folder, '--port', '0', '--source', 'none']);
  assert.equal(second.code, 2);
  assert.match(second.err, /^HMT_FOLDER_LOCKED: /);
  assert.ok(second.err.includes(`Process ${run.child.pid} `), second.err);
  assert.equal(second.out, '');

  const now = Date.now();
  const input = `${line('Dakar', 14.7333, -17.5, now - 60_000, 29.5)}no record\n${line('Atlantis', 31, -40, now, 12)}`;
  assert.match(await outputOf(['publish', '--data', folder], { input }), /acked 3\n$/);
  await until('all three are processed', async () => {
    const rows = await exported(folder);
    const quarantined = await documentOf<{ items: unknown[] }>(['quarantine', 'list', '--data', folder]);
    return rows.length === 1 && quarantined.items.length === 2;
  });
  await outputOf(['quarantine', 'replay', '--data', folder]);
  await until('what is still bad is back in quarantine', async () => {
    const { items } = await documentOf<{ items: unknown[] }>(['quarantine', 'list', '--data', folder]);
    const { stages } = await documentOf<{ stages: { name: string; lagMessages: number }[] }>([
      'status',
      '--data',
      folder,
    ]);
    return items.length === 2 && stages.find(({ name }) => name === 'process')?.lagMessages === 0;
  });
  assert.equal((await documentOf<{ ok: boolean }>(['verify', '--data', folder])).ok, true);
  const status = await documentOf<{ stages: { running: boolean }[] }>(['status', '--data', folder]);
  assert.ok(status.stages.every(({ running }) => running));
  const backup = join(files, 'beside.backup');
  await outputOf(['backup', backup, '--data', folder]);
  assert.ok(statSync(backup).size > 0);
  const restored = join(files, 'restored');
  await outputOf(['restore', backup, '--data', restored]);
  assert.deepEqual(await exported(restored), await exported(folder));
  assert.equal((await runProgram(['restore', backup, '--data', folder])).code, 2);
  assert.equal((await run.stop()).code, 0);
  const said = run.text().err.trimEnd().split('\n');
  assert.equal(said.length, 4, 'two records went to quarantine, and again after the replay');
  for (const line of said) assert.equal(JSON.parse(line).message, 'A record went to quarantine.');
  assert.equal((await documentOf<{ ok: boolean }>(['verify', '--data', folder])).ok, true);
});

test('a folder that cannot be written, a taken port and an unknown setting are said in a sentence', async (t) => {
  const folder = temporaryFolder(t, 'refused');
  const locked = join(folder, 'locked');
  mkdirSync(locked);
  chmodSync(locked, 0o555);
  chmodSync(folder, 0o755);
  // Permissions mean nothing to root.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const readOnly = await runProgram(['run', '--data', locked, '--port', '0', '--source', 'none'], nobody);
  assert.equal(readOnly.code, 3, readOnly.err);
  assert.match(readOnly.err, /^HMT_FOLDER_READ_ONLY: /);
  assert.equal(readOnly.out, '');

  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const taken = await runProgram(['run', '--data', folder, '--source', 'none', '--port', String(port)]);
  assert.equal(taken.code, 2);
  assert.match(taken.err, new RegExp(`^HMT_HTTP_PORT_TAKEN: .*${port}`));

  const config = join(folder, 'typo.yaml');
  writeFileSync(config, 'source: none\nhttp:\n  prot: 4000\n');
  const typo = await runProgram(['run', '--data', folder, '--config', config]);
  assert.equal(typo.code, 2);
  assert.match(typo.err, /^HMT_CONFIG_UNKNOWN_KEY: .*"http\.prot".*"http\.port".*line 3/);
  const variable = await runProgram(['run', '--data', folder], { env: { HARMATTAN_HTTP_PROT: '1' } });
  assert.equal(variable.code, 2);
  assert.match(variable.err, /HARMATTAN_HTTP_PORT/);
  for (const { err } of [readOnly, taken, typo, variable]) assert.doesNotMatch(err, /\n\s+at /, 'a stack was printed');
});

/** Simulated providers on a real socket, and the environment that makes them the configured ones. */
async function fakeProvider(t: TestContext, source: string, ...faults: FaultName[]) {
  const providers = simulatedProviders({
    seed: 5,
    places: PLACES,
    clock: systemClock,
    faults: faults.length > 0 ? alwaysFaults(...faults) : noFaults,
    keys: { openweathermap: [{ key: KEY, products: ['2.5'] }], openMeteo: [] },
  });
  const served = await serveProviders(providers, { longestWaitMs: 50 });
  t.after(() => served.close());
  return {
    providers,
    env: {
      HARMATTAN_SOURCE: source,
      HARMATTAN_OPENWEATHERMAP_KEY: KEY,
      HARMATTAN_OPENWEATHERMAP_BASE_URL: served.url,
      HARMATTAN_OPEN_METEO_BASE_URL: served.url,
      HARMATTAN_OPEN_METEO_ARCHIVE_BASE_URL: served.url,
      HARMATTAN_POLL_FIRST_RETRY_SECONDS: '0.1',
      HARMATTAN_POLL_SPREAD_SECONDS: '0',
      HARMATTAN_LOG_LEVEL: 'debug',
    },
  };
}

interface PlacesReply {
  readonly items: readonly { readonly id: string; readonly latest: { readonly source: string } | null }[];
}

test('readings of a provider reach /api/v1/places, the pages and the listeners, with forecasts', async (t) => {
  const folder = temporaryFolder(t, 'live');
  const { env, providers } = await fakeProvider(t, 'openweathermap,open-meteo');
  const run = await startRun(t, ['--data', folder], { env });
  const events = await listen(t, run.url);
  // A poll by hand beside the running program is refused: the role is taken.
  assert.equal((await runProgram(['poll', '--once', '--data', folder], { env })).code, 2);
  const asked = await until(
    'every place has a reading',
    async () => {
      const { items } = await getJson<PlacesReply>(`${run.url}/api/v1/places`);
      return items.every(({ latest }) => latest !== null) ? items : null;
    },
    60_000,
  );
  assert.equal(asked.length, PLACES.length);
  assert.ok(providers.calls() >= 1);
  await until('listeners heard of readings and forecasts', () => {
    const text = events();
    return text.includes('event: observation') && text.includes('event: forecast') && text.includes('event: slot');
  });
  const forecast = await getJson<{ items?: unknown[] }>(`${run.url}/api/v1/places/dakar/forecast`);
  assert.ok(forecast);
  assert.match(await (await fetch(run.url)).text(), /Dakar/);
  assert.equal((await run.stop()).code, 0);
  assert.equal((await documentOf<{ ok: boolean }>(['verify', '--data', folder])).ok, true);
  leaksNothing(folder, run.text().out + run.text().err + events());
});

/** Listens to the live events from now on. */
async function listen(t: TestContext, url: string): Promise<() => string> {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const response = await fetch(`${url}/api/v1/live`, { signal: stop.signal });
  assert.equal(response.headers.get('content-type')?.split(';')[0], 'text/event-stream');
  let text = '';
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  })().catch(() => {});
  return () => text;
}

for (const faults of [
  ['outage'],
  ['unauthorised-bad-key'],
  ['server-error-html'],
  ['html-200'],
  ['reset-mid-body'],
] as const satisfies readonly FaultName[][])
  test(`no secret shows anywhere while the provider has ${faults}`, async (t) => {
    const folder = temporaryFolder(t, 'secret');
    const { env, providers } = await fakeProvider(t, 'openweathermap', ...faults);
    const run = await startRun(t, ['--data', folder], { env });
    // A refused key and repeated failures pause the calls: these are all that a slot's beginning has.
    await until('the first calls have failed', () => run.text().err.split('"A call failed"').length > CALLS_AT_ONCE);
    assert.ok(providers.calls() >= CALLS_AT_ONCE);
    let seen = '';
    for (const path of [
      '/',
      '/metrics',
      '/readyz',
      '/api/v1/status',
      '/api/v1/places',
      '/api/v1/slots',
      '/api/v1/messages',
      '/api/v1/quarantine',
      '/openapi.json',
      '/weather/Dakar',
    ])
      seen += await (await fetch(run.url + path)).text();
    for (const args of [
      ['config', 'show'],
      ['config', 'show', '--json'],
      ['status'],
      ['quarantine', 'list'],
      ['doctor', '--json'],
      ['verify'],
    ]) {
      const { out, err } = await runProgram([...args, '--data', folder], { env });
      seen += out + err;
    }
    assert.equal((await run.stop()).code, 0);
    const poll = await runProgram(['poll', '--once', '--data', folder], {
      env: { ...env, HARMATTAN_POLL_ATTEMPTS: '1' },
    });
    assert.ok(poll.code === 3 || poll.code === 1, `poll --once: exit ${poll.code}\n${poll.err}`);
    leaksNothing(folder, seen + run.text().out + run.text().err + poll.out + poll.err);
    assert.ok(run.text().err.includes('"log.level":"'), 'nothing was logged: the search proves nothing');
  });

/** Searches texts and every byte of the folder for the key in each spelling that it could travel in. */
function leaksNothing(folder: string, text: string): void {
  const spellings = [
    KEY,
    encodeURIComponent(KEY),
    encodeURIComponent(KEY).toLowerCase(),
    new URLSearchParams({ k: KEY }).toString().slice(2),
    encodeURI(KEY),
    JSON.stringify(KEY).slice(1, -1),
    ...[0, 1, 2].map((pad) =>
      // The middle of the base64 text of anything that holds the key at this alignment.
      Buffer.from(`${'x'.repeat(pad)}${KEY}`)
        .toString('base64')
        .slice(pad === 0 ? 0 : 4, -4),
    ),
    Buffer.from(KEY).toString('hex'),
  ];
  const everything = [['the outputs', Buffer.from(text)] as const, ...bytesIn(folder)];
  for (const [where, bytes] of everything)
    for (const spelling of spellings)
      assert.equal(bytes.indexOf(spelling), -1, `the key stands in ${where} as ${spelling}`);
}

const bytesIn = (folder: string): readonly (readonly [string, Buffer])[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return existsSync(path) && statSync(path).isFile() ? [[name, readFileSync(path)] as const] : [];
  });
