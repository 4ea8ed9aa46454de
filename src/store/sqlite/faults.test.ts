import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, it } from 'node:test';
import { HarmattanError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { manualClock } from '../../core/time.ts';
import { arrival, batch, T0 } from '../store.contract.ts';
import type { Store } from '../store.ts';
import { openDatabase } from './database.ts';
import { MIGRATIONS, migrate } from './schema.ts';
import { sqliteStore } from './store.ts';

let folder = '';
const opened: Store[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harmattan-store-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(differs: { maxBytes?: number; folder?: string } = {}): Store {
  const setting = { clock: manualClock(T0), logger: silentLogger, nature: 'live', preference: [] } as const;
  const store = sqliteStore({ folder, ...setting, retentionDays: null, watchForeignMs: null, ...differs });
  opened.push(store);
  return store;
}

const hasCode = (code: string) => (error: unknown) => error instanceof HarmattanError && error.code === code;

const fill = (store: Store, from: number, count: number) =>
  store.ingest.commit(
    batch({
      arrivals: Array.from({ length: count }, (_, index) => arrival({ validAt: T0 + (from + index) * 1000 })),
      positions: [{ topic: 'observations', partition: 0, offset: from + count }],
    }),
  );

it('says that the disk is full, keeps what it had, and goes on once there is room', async () => {
  const store = open({ maxBytes: 400_000 });
  let rows = 0;
  await assert.rejects(async () => {
    for (; rows < 100_000; rows += 200) await fill(store, rows, 200);
  }, hasCode('HMT_STORE_FULL'));
  assert.ok(rows > 0);
  assert.equal((await store.observations.extent())?.count, rows);
  assert.deepEqual(await store.ingest.positions('journal-1', 'process'), [
    { topic: 'observations', partition: 0, offset: rows },
  ]);
  await assert.rejects(fill(store, rows, 200), hasCode('HMT_STORE_FULL'));
  await store.close();
  const roomy = open();
  assert.equal((await fill(roomy, rows, 200)).inserted, 200);
  assert.equal((await roomy.observations.extent())?.count, rows + 200);
});

it('refuses a store of a newer version, and leaves it as it is', async () => {
  await open().close();
  const db = new DatabaseSync(join(folder, 'store.db'));
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  db.close();
  assert.throws(() => open(), hasCode('HMT_STORE_NEWER'));
});

it('refuses a file of another program', () => {
  const db = new DatabaseSync(join(folder, 'store.db'));
  db.exec('CREATE TABLE other (x)');
  db.close();
  assert.throws(() => open(), hasCode('HMT_STORE_UNAVAILABLE'));
});

it('says that a file which is no database cannot be opened', () => {
  writeFileSync(join(folder, 'store.db'), 'weather '.repeat(4096));
  assert.throws(() => open(), hasCode('HMT_STORE_UNAVAILABLE'));
});

it('says that a folder whose path is a file cannot be opened', () => {
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => open({ folder: join(folder, 'file') }), hasCode('HMT_STORE_UNAVAILABLE'));
});

/** Opens the store in a process that may not write there, whoever runs the tests. */
function openWithoutRights(target: string): SpawnSyncReturns<string> {
  const script = `
    const { sqliteStore } = await import(${JSON.stringify(new URL('./store.ts', import.meta.url).href)});
    const { systemClock } = await import(${JSON.stringify(new URL('../../core/time.ts', import.meta.url).href)});
    const { silentLogger } = await import(${JSON.stringify(new URL('../../core/log.ts', import.meta.url).href)});
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
    try {
      sqliteStore({ folder: ${JSON.stringify(target)}, clock: systemClock, logger: silentLogger, nature: 'live',
        preference: [], retentionDays: null, watchForeignMs: null });
      console.log('opened');
    } catch (error) {
      console.log(error.code);
    }`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
}

it('says that the folder is read-only, new or filled', { skip: process.platform === 'win32' }, async () => {
  chmodSync(folder, 0o755);
  const target = join(folder, 'data');
  mkdirSync(target);
  chmodSync(target, 0o555);
  assert.equal(openWithoutRights(target).stdout.trim(), 'HMT_FOLDER_READ_ONLY');
  assert.equal(openWithoutRights(join(target, 'deeper')).stdout.trim(), 'HMT_FOLDER_READ_ONLY');
  chmodSync(target, 0o755);
  await open({ folder: target }).close();
  chmodSync(join(target, 'store.db'), 0o444);
  chmodSync(target, 0o555);
  assert.equal(openWithoutRights(target).stdout.trim(), 'HMT_FOLDER_READ_ONLY');
});

it('brings an older file to the newest version, each step once, also when two processes open it at once', () => {
  const path = join(folder, 'store.db');
  const steps = [...MIGRATIONS];
  const first = openDatabase({ path });
  migrate(first, steps);
  first.statement("INSERT INTO facts (key, value) VALUES ('kept', '1')").run();
  const newer = [...steps, (db: typeof first) => db.exec("UPDATE facts SET value = value || '0'")];
  const second = openDatabase({ path });
  migrate(second, newer);
  migrate(second, newer);
  assert.deepEqual(second.query<[string]>('SELECT value FROM facts').get(), ['10']);
  assert.throws(() => migrate(first, steps), hasCode('HMT_STORE_NEWER'));
  first.close();
  second.close();
});

it('leaves the old version whole when a step fails', () => {
  const db = openDatabase({ path: join(folder, 'store.db') });
  migrate(db);
  const failing = [
    ...MIGRATIONS,
    () => {
      db.exec('CREATE TABLE half_done (x)');
      db.exec('CREATE TABLE half_done (x)');
    },
  ];
  assert.throws(() => migrate(db, failing), hasCode('HMT_STORE_UNAVAILABLE'));
  migrate(db);
  assert.equal(db.query<[number]>("SELECT count(*) FROM sqlite_schema WHERE name = 'half_done'").get()?.[0], 0);
  db.close();
});

it('survives being killed in the middle of ingest with rows and positions in step', () => {
  const script = `
    const { sqliteStore } = await import(${JSON.stringify(new URL('./store.ts', import.meta.url).href)});
    const { systemClock } = await import(${JSON.stringify(new URL('../../core/time.ts', import.meta.url).href)});
    const { silentLogger } = await import(${JSON.stringify(new URL('../../core/log.ts', import.meta.url).href)});
    const { arrival, batch, T0 } = await import(${JSON.stringify(new URL('../store.contract.ts', import.meta.url).href)});
    const store = sqliteStore({ folder: ${JSON.stringify(folder)}, clock: systemClock, logger: silentLogger, nature: 'live',
      preference: [], retentionDays: null, watchForeignMs: null });
    const known = (await store.ingest.positions('journal-1', 'process'))[0]?.offset ?? 0;
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 30 + Math.random() * 60);
    for (let from = known; ; from += 500) {
      await store.ingest.commit(batch({
        arrivals: Array.from({ length: 500 }, (_, index) => arrival({ validAt: T0 + (from + index) * 1000 })),
        positions: [{ topic: 'observations', partition: 0, offset: from + 500 }],
      }));
      await new Promise((resolve) => setImmediate(resolve));
    }`;
  let reached = 0;
  for (let round = 0; round < 5; round++) {
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    assert.equal(signal, 'SIGKILL');
    const db = openDatabase({ path: join(folder, 'store.db') });
    const position = db.query<[number]>('SELECT "offset" FROM group_positions').get()?.[0] ?? 0;
    assert.equal(db.query<[number]>('SELECT count(*) FROM observations').get()?.[0], position);
    assert.equal(db.query<[number]>('SELECT value FROM counters').get()?.[0] ?? 0, position);
    assert.equal(db.query<[string]>('PRAGMA integrity_check').get()?.[0], 'ok');
    db.close();
    assert.ok(position >= reached);
    reached = position;
  }
  assert.ok(reached > 0);
});
