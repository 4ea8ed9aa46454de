import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { DAY_MS } from '../../core/time.ts';
import type { Journal } from '../journal.ts';
import { TOPICS } from '../topics.ts';
import { sqliteJournalBackup, sqliteJournalRestore } from './backup.ts';
import { scratchJournal } from './scratch-journal.contract.ts';

const message = (value: string, key = 'dakar') => ({ key, headers: { v: value }, value: Buffer.from(value) });

/** A SQLite file that has tables already, as the store's backup has. */
function storeBackup(folder: string): string {
  const file = join(folder, 'backup.db');
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE observations (place TEXT); INSERT INTO observations VALUES ('dakar')");
  db.close();
  return file;
}

const everything = async (journal: Journal) =>
  Promise.all(TOPICS.map(async (topic) => (await journal.browse({ topic, limit: 10_000 })).items));

test('a backup made while appends go on brings back records, identity, consumers and offsets', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ retentionDays: 1 });
  for (const topic of TOPICS)
    for (let i = 0; i < 5; i++)
      await journal.append(
        topic,
        Array.from({ length: 1000 }, (_, n) => message(`${topic} ${i} ${n}`, `place-${n % 9}`)),
      );
  const consumer = await journal.consume({
    topics: ['observations'],
    group: 'process',
    essential: true,
    startFrom: async () => [],
    maxRecords: 100,
    maxBytes: 1 << 20,
  });
  await (await consumer.read())?.ack();
  const before = { items: await everything(journal), consumers: await journal.consumers() };

  const file = storeBackup(log.folder);
  let appended = 0;
  const shares: number[] = [];
  await sqliteJournalBackup({
    folder: log.folder,
    file,
    onProgress: (share) => {
      shares.push(share);
      void journal.append('observations', [message(`meanwhile ${appended++}`)]);
    },
  });
  assert.ok(appended > 3 && shares.at(-1) === 1);
  assert.deepEqual(
    shares,
    [...shares].sort((a, b) => a - b),
  );
  await sqliteJournalBackup({ folder: log.folder, file });
  await journal.close();
  rmSync(join(log.folder, 'journal.db'));

  assert.equal(await sqliteJournalRestore({ folder: log.folder, file }), true);
  const restored = await log.open({ retentionDays: 1 });
  assert.equal(restored.id, journal.id);
  const items = await everything(restored);
  assert.deepEqual(items[0]?.slice(0, 5000), before.items[0]);
  assert.deepEqual(items.slice(1), before.items.slice(1));
  assert.ok((items[0]?.length ?? 0) > 5000);
  assert.deepEqual((await restored.consumers())[0]?.lastAckAt, before.consumers[0]?.lastAckAt);
  const last = items[0]?.at(-1);
  await restored.append('observations', [message('next')]);
  const next = (await everything(restored))[0]?.at(-1);
  assert.ok(next && last && next.offset > last.offset);
  assert.deepEqual(Object.values(new DatabaseSync(file).prepare('SELECT place FROM observations').get() ?? {}), [
    'dakar',
  ]);
});

test('what retention dropped is not brought back, and its offsets are not given again', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open({ retentionDays: 1 });
  await journal.append('polls', [message('a'), message('b')]);
  await log.clock.advanceBy(2 * DAY_MS);
  await journal.trim(log.clock.now());
  const file = storeBackup(log.folder);
  await sqliteJournalBackup({ folder: log.folder, file });
  await journal.close();
  rmSync(join(log.folder, 'journal.db'));
  await sqliteJournalRestore({ folder: log.folder, file });
  const restored = await log.open();
  await restored.append('polls', [message('c')]);
  const [, , polls] = await everything(restored);
  assert.deepEqual(
    polls?.map(({ offset, headers }) => [offset, headers.v]),
    [[2, 'c']],
  );
});

test('a log that a destroyed journal left behind is not taken for the restored one’s', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const kept = await log.open();
  await kept.append('observations', [message('kept')]);
  const file = storeBackup(log.folder);
  await sqliteJournalBackup({ folder: log.folder, file });
  await kept.close();
  rmSync(join(log.folder, 'journal.db'));

  const destroyed = await log.open();
  await destroyed.append('observations', [message('of another life')]);
  const wal = readFileSync(join(log.folder, 'journal.db-wal'));
  await destroyed.close();
  rmSync(join(log.folder, 'journal.db'));
  writeFileSync(join(log.folder, 'journal.db-wal'), wal);

  assert.equal(await sqliteJournalRestore({ folder: log.folder, file }), true);
  const restored = await log.open();
  assert.equal(restored.id, kept.id);
  const [observations] = await everything(restored);
  assert.deepEqual(
    observations?.map(({ headers }) => headers.v),
    ['kept'],
  );
});

test('a journal that survived stays as it is', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const journal = await log.open();
  const file = storeBackup(log.folder);
  await sqliteJournalBackup({ folder: log.folder, file });
  await journal.append('observations', [message('after the backup')]);
  assert.equal(await sqliteJournalRestore({ folder: log.folder, file }), false);
  assert.equal((await everything(journal))[0]?.length, 1);
});

test('a folder without a journal adds nothing to a backup, and a backup without one makes none', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  const file = storeBackup(log.folder);
  await sqliteJournalBackup({ folder: log.folder, file });
  assert.equal(await sqliteJournalRestore({ folder: log.folder, file }), false);
  assert.equal(existsSync(join(log.folder, 'journal.db')), false);
});

test('an incomplete or newer journal in a backup is refused and nothing is left in the folder', async (t) => {
  const log = await scratchJournal();
  t.after(() => log.remove());
  await (await log.open()).close();
  const file = storeBackup(log.folder);
  await sqliteJournalBackup({ folder: log.folder, file });
  rmSync(join(log.folder, 'journal.db'));
  for (const [change, code] of [
    ["UPDATE journal_meta SET value = 99 WHERE key = 'version'", 'HMT_JOURNAL_NEWER'],
    ["DELETE FROM journal_meta WHERE key = 'version'", 'HMT_STORE_BACKUP_INVALID'],
  ] as const) {
    const db = new DatabaseSync(file);
    db.exec(change);
    db.close();
    await assert.rejects(sqliteJournalRestore({ folder: log.folder, file }), { code });
    assert.deepEqual(
      ['journal.db', 'journal.db.partial'].filter((name) => existsSync(join(log.folder, name))),
      [],
    );
  }
});
