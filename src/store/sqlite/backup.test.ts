import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, it } from 'node:test';
import { HarmattanError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { manualClock } from '../../core/time.ts';
import {
  arrival,
  batch,
  observation,
  prediction,
  providerForecast,
  quarantined,
  slot,
  state,
  T0,
} from '../store.contract.ts';
import type { Store, StoredObservation } from '../store.ts';
import { sqliteBackup, sqliteRestore } from './backup.ts';
import { type SqliteStoreOptions, sqliteStore } from './store.ts';

let root = '';
const opened: Store[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'harmattan-backup-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(root, { recursive: true, force: true });
});

function open(name: string, differs: Partial<SqliteStoreOptions> = {}): Store {
  const setting = { clock: manualClock(T0), logger: silentLogger, nature: 'live', preference: [] } as const;
  const store = sqliteStore({
    folder: join(root, name),
    ...setting,
    retentionDays: null,
    watchForeignMs: null,
    ...differs,
  });
  opened.push(store);
  return store;
}

const rows = (from: number, count: number) =>
  batch({
    arrivals: Array.from({ length: count }, (_, index) => arrival({ validAt: T0 + (from + index) * 1000 })),
    positions: [{ topic: 'observations', partition: 0, offset: from + count }],
  });

async function all(store: Store): Promise<StoredObservation[]> {
  const found: StoredObservation[] = [];
  for await (const one of store.observations.stream({ from: 0, to: T0 * 2, which: 'all' })) found.push(one);
  return found;
}

const hasCode = (code: string) => (error: unknown) => error instanceof HarmattanError && error.code === code;

/** What a journal does: a table of its own in the same file. */
async function addJournal(file: string): Promise<void> {
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE journal_records (x); INSERT INTO journal_records VALUES ('kept')");
  db.close();
}

it('brings everything back from one file, the journal’s part through its owner', async () => {
  const store = open('data', { backupAlso: addJournal });
  await store.ingest.commit({
    ...rows(0, 50),
    slots: [slot({ state: 'arrived' })],
    quarantined: [quarantined(3)],
    providerForecasts: [providerForecast(T0)],
  });
  await store.states.commit([state(1)], [prediction(T0)], { group: 'forecast', position: '0-51' }, T0);
  await store.quota.reserve([{ id: 'a', windowAt: T0, limit: 5 }], 2);
  await store.facts.set('plan', { x: 1 });
  const shares: number[] = [];
  await store.backup(join(root, 'deep', 'backup.db'), (share) => shares.push(share));
  assert.equal(shares.at(-1), 1);
  assert.deepEqual(
    shares,
    [...shares].sort((one, other) => one - other),
  );
  assert.deepEqual(readdirSync(join(root, 'deep')), ['backup.db'], 'one file, nothing beside it');
  const kept = await all(store);
  await store.close();
  rmSync(join(root, 'data'), { recursive: true });
  // A log of the destroyed store that somebody left lying there.
  mkdirSync(join(root, 'data'));
  writeFileSync(join(root, 'data', 'store.db-wal'), 'x'.repeat(5000));

  let journal: unknown = null;
  const alsoFrom = async (file: string) => {
    const db = new DatabaseSync(file, { readOnly: true });
    journal = db.prepare('SELECT x FROM journal_records').get()?.x;
    db.close();
  };
  await sqliteRestore({ folder: join(root, 'data'), file: join(root, 'deep', 'backup.db'), alsoFrom });
  assert.equal(journal, 'kept');
  const again = open('data');
  assert.deepEqual(await all(again), kept);
  assert.equal((await again.slots.get([slot()]))[0]?.state, 'arrived');
  assert.equal((await again.quarantine.get(quarantined(3).id))?.code, quarantined(3).code);
  assert.deepEqual(await again.predictions.newest('dakar'), prediction(T0));
  assert.deepEqual(await again.predictions.providerForecasts('dakar'), [providerForecast(T0)]);
  assert.equal((await again.states.get('dakar', 'first'))?.version, 1);
  assert.equal(await again.states.position('forecast'), '0-51');
  assert.equal((await again.quota.read(['a']))[0]?.used, 2);
  assert.deepEqual(await again.facts.get('plan'), { x: 1 });
  assert.equal((await again.observations.latest(['dakar'])).get('dakar')?.validAt, T0 + 49_000);
  assert.equal((await again.ingest.commit(rows(50, 5))).inserted, 5);
  const db = new DatabaseSync(join(root, 'data', 'store.db'), { readOnly: true });
  assert.equal(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE '%journal%'").get()?.n, 0);
  assert.equal(db.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
  db.close();
});

it('is a consistent copy while rows keep coming, and holds nobody up', async () => {
  const store = open('data');
  await store.ingest.commit(rows(0, 40_000));
  let committed = 40_000;
  let copying = true;
  const done = store.backup(join(root, 'backup.db')).finally(() => {
    copying = false;
  });
  while (copying) {
    await store.ingest.commit(rows(committed, 100));
    committed += 100;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  assert.ok(committed > 40_000);
  await sqliteRestore({ folder: join(root, 'restored'), file: join(root, 'backup.db') });
  const restored = open('restored');
  const offset = (await restored.ingest.positions('journal-1', 'process'))[0]?.offset ?? 0;
  assert.ok(offset >= 40_000 && offset <= committed);
  assert.equal((await restored.observations.extent())?.count, offset, 'rows and positions are of one moment');
  assert.equal((await all(restored)).length, offset);
});

it('copies one snapshot from start to end: rows that come meanwhile do not make it begin again', async () => {
  const store = open('data');
  await store.ingest.commit(rows(0, 60_000));
  let looks = 0;
  let committed = 60_000;
  await store.backup(join(root, 'backup.db'), () => {
    // Bounded, so that a copy that does begin again ends some time.
    if (++looks > 40) return;
    void store.ingest.commit(rows(committed, 100));
    committed += 100;
  });
  assert.ok(looks > 1 && looks < 20, `looked ${looks} times`);
  await sqliteRestore({ folder: join(root, 'restored'), file: join(root, 'backup.db') });
  assert.equal((await open('restored').observations.extent())?.count, 60_000);
});

it('tells readers of the feed who are further than the backup that there is a gap', async () => {
  const store = open('data');
  await store.ingest.commit(rows(0, 3));
  const before = await store.feed.head();
  await store.backup(join(root, 'backup.db'));
  await store.ingest.commit(rows(3, 3));
  const lost = await store.feed.head();
  await store.close();
  await sqliteRestore({ folder: join(root, 'restored'), file: join(root, 'backup.db') });
  const restored = open('restored');
  await restored.ingest.commit(rows(100, 9));
  const common = await restored.feed.read(before, 100);
  assert.deepEqual([common.gap, common.entries.length], [false, 9]);
  assert.equal((await restored.feed.read(lost, 100)).gap, true);
  assert.notEqual(await restored.feed.head(), lost);
});

it('restores into an empty folder only', async () => {
  const store = open('data');
  await store.ingest.commit(rows(0, 3));
  await store.backup(join(root, 'backup.db'));
  const restore = sqliteRestore({ folder: join(root, 'data'), file: join(root, 'backup.db') });
  await assert.rejects(restore, hasCode('HMT_CLI_USAGE'));
  assert.equal((await all(store)).length, 3);
});

it('refuses what is not a whole backup, and leaves the folder empty', async () => {
  const store = open('data');
  await store.ingest.commit(rows(0, 5000));
  const good = join(root, 'backup.db');
  await store.backup(good);
  const folder = join(root, 'restored');
  const file = join(root, 'bad.db');
  const refuses = async (code = 'HMT_STORE_BACKUP_INVALID') => {
    await assert.rejects(sqliteRestore({ folder, file }), hasCode(code));
    assert.ok(!existsSync(join(folder, 'store.db')));
  };
  await refuses();
  writeFileSync(file, 'not a database');
  await refuses();
  rmSync(file);
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE t (x)');
  other.close();
  await refuses();
  rmSync(file);
  await sqliteBackup({ folder: join(root, 'data'), file, madeAt: T0 });
  truncateSync(file, 40_960);
  await refuses();
  await sqliteBackup({ folder: join(root, 'data'), file, madeAt: T0 });
  const newer = new DatabaseSync(file);
  newer.exec('PRAGMA user_version = 999');
  newer.close();
  await refuses('HMT_STORE_NEWER');
});

it('leaves nothing behind when a backup fails, and keeps the one that was there', async () => {
  const file = join(root, 'backup.db');
  const store = open('data', { backupAlso: () => Promise.reject(new Error('the journal is gone')) });
  writeFileSync(file, 'yesterday');
  await assert.rejects(store.backup(file), /the journal is gone/);
  assert.deepEqual(readdirSync(root).sort(), ['backup.db', 'data']);
  await assert.rejects(store.backup(join(root, 'backup.db', 'below-a-file')), hasCode('HMT_CLI_FILE'));
  const nothing = sqliteBackup({ folder: join(root, 'empty'), file, madeAt: T0 });
  await assert.rejects(nothing, hasCode('HMT_STORE_UNAVAILABLE'));
});

it('restores a store that goes on where the journal goes on', async () => {
  const store = open('data');
  await store.ingest.commit(rows(0, 10));
  await store.backup(join(root, 'backup.db'));
  await sqliteRestore({ folder: join(root, 'restored'), file: join(root, 'backup.db') });
  const restored = open('restored');
  const replayed = { ...rows(0, 10), arrivals: [{ observation: observation(), partition: 0, offset: 0, item: 0 }] };
  assert.equal((await restored.ingest.commit(replayed)).duplicates, 1);
});
